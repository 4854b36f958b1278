/** Every grant of the token endpoint. What a client can ask for is read off this list. */
import type { Config } from '../config/config.js';
import { authorizationCode } from './authorization-code.js';
import { clientCredentials } from './client-credentials.js';
import { deviceCode } from './device-code.js';
import { password } from './password.js';
import { refreshToken } from './refresh-token.js';
import type { TokenGrant } from './token-request.js';

export const tokenGrants: TokenGrant[] = [
  authorizationCode,
  refreshToken,
  password,
  clientCredentials,
  deviceCode,
];

/** Those this server offers: the password grant can be switched off (PASSWORD_GRANT). */
export function listOfferedGrants({ passwordGrant }: Pick<Config, 'passwordGrant'>): TokenGrant[] {
  return tokenGrants.filter((grant) => passwordGrant || grant !== password);
}
