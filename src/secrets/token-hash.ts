import { createHmac, hash } from 'node:crypto';
import { drawBytes } from './draw-bytes.js';

const TOKEN_BYTES = 32;

/** 256 random bits for a token, a link, a cookie or a challenge, in 43 characters. */
export const newToken = (): string => drawBytes(TOKEN_BYTES).toString('base64url');

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
