/** Every grant of the token endpoint. What a client can ask for is read off this list. */
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
