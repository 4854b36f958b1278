import { createHash, randomBytes } from 'node:crypto';

export interface Pkce {
  verifier: string;
  /** The parameters of the authorization request. */
  challenge: { code_challenge: string; code_challenge_method: 'S256' };
}

export function newPkce(): Pkce {
  const verifier = randomBytes(32).toString('base64url');
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  return { verifier, challenge: { code_challenge: challenge, code_challenge_method: 'S256' } };
}
