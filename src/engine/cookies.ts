import type { Configuration } from 'oidc-provider';
import type { Config } from '../config/config.js';
import { deriveKey } from '../secrets/derive-key.js';

/**
 * Names of our own: a Django client on the same host owns `sessionid`, and cookies ignore ports. Over TLS the session
 * is a __Host- cookie; the two of a sign-in in progress live under a path, which that prefix forbids.
 */
export function engineCookies(config: Config, secretKey: string): Configuration['cookies'] {
  const secure = config.issuer.startsWith('https:');
  const options = { httpOnly: true, sameSite: 'lax', signed: true, secure, overwrite: true } as const;
  return {
    keys: [deriveKey(secretKey, 'cookies').toString('base64url')],
    names: {
      session: secure ? '__Host-latchkey_session' : 'latchkey_session',
      interaction: secure ? '__Secure-latchkey_interaction' : 'latchkey_interaction',
      resume: secure ? '__Secure-latchkey_resume' : 'latchkey_resume',
    },
    long: options,
    short: options,
  };
}
