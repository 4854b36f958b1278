import { createHmac, hash, randomFillSync } from 'node:crypto';

const TOKEN_BYTES = 32;

// Drawn for a hundred tokens at a time: each draw costs as much as a hash does.
const drawn = Buffer.alloc(100 * TOKEN_BYTES);
let taken = drawn.length;

/** 256 random bits for a token, a link, a cookie or a challenge, in 43 characters. */
export function newToken(): string {
  if (taken === drawn.length) {
    randomFillSync(drawn);
    taken = 0;
  }
  const bytes = drawn.subarray(taken, taken + TOKEN_BYTES);
  taken += TOKEN_BYTES;
  const token = bytes.toString('base64url');
  bytes.fill(0);
  return token;
}

/**
 * How a token, code or session id is stored and found: its SHA-256, 32 bytes. No salt and no key, since the value has
 * 256 bits of entropy, and so that the token_checksum of an imported Django OAuth Toolkit database keeps working.
 */
export function hashToken(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}

/** For values short enough to be guessed from a plain hash, such as the 34 bits of a user code. */
export function hashShortCode(key: Buffer, code: string): Buffer {
  return createHmac('sha256', key).update(code).digest();
}
