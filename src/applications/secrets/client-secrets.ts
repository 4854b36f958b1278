/** Client ids and secrets: how they are made, and how a secret is stored and recognised. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

// Letters and digits only and these lengths, as Django OAuth Toolkit makes them: both fit every client's settings, and
// need no encoding in Basic authentication, which many clients get wrong.
const CLIENT_ID_LENGTH = 40;
const CLIENT_SECRET_LENGTH = 128;

export function generateClientId(): string {
  return randomLetters(CLIENT_ID_LENGTH);
}

export function generateClientSecret(): string {
  return randomLetters(CLIENT_SECRET_LENGTH);
}

function randomLetters(length: number): string {
  // 248 is the largest multiple of 62 in a byte: taking the rest as well would favour the first letters.
  const limit = 256 - (256 % ALPHABET.length);
  let letters = '';
  while (letters.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < limit && letters.length < length) letters += ALPHABET[byte % ALPHABET.length];
    }
  }
  return letters;
}

/** The stored form, `sha256$<hex>`. A fast hash is enough for a random secret of 128 characters. */
export function hashSecret(secret: string): string {
  return `sha256$${createHash('sha256').update(secret).digest('hex')}`;
}

/** The last four characters, which are shown beside a stored secret. */
export function hintOf(secret: string): string {
  return secret.slice(-4);
}

const OWN = /^sha256\$[0-9a-f]{64}$/;

/** Whether it is a hash of ours, and not one that came with an import (check-secret.ts). */
export const isOwnHash = (hash: string): boolean => OWN.test(hash);

/** A hash that is not ours never matches. */
export function secretMatches(hash: string, secret: string): boolean {
  const presented = Buffer.from(hashSecret(secret));
  const stored = Buffer.from(hash);
  return presented.length === stored.length && timingSafeEqual(presented, stored);
}
