/** Client ids and secrets: how they are made, and how a secret is stored and recognised. */
import { hash as digest, timingSafeEqual } from 'node:crypto';
import { randomLetters } from '../../secrets/random-letters.js';
import { recognisableFormat } from '../../secrets/recognisable.js';

// Letters and digits only and these lengths, as Django OAuth Toolkit makes them: both fit every client's settings, and
// need no encoding in Basic authentication, which many clients get wrong.
const CLIENT_ID_LENGTH = 40;

/** 128 characters: lkcs, 118 that are random, and a checksum. Secrets from before, and those moved in, look otherwise. */
export const SECRET_FORMAT = recognisableFormat('lkcs', 118);

export function generateClientId(): string {
  return randomLetters(CLIENT_ID_LENGTH);
}

export function generateClientSecret(): string {
  return SECRET_FORMAT.make();
}

/** The stored form, `sha256$<hex>`. A fast hash is enough for a secret with 700 random bits. */
export function hashSecret(secret: string): string {
  return `sha256$${digest('sha256', secret)}`;
}

/** The last four characters, which are shown beside a stored secret. */
export function hintOf(secret: string): string {
  return secret.slice(-4);
}

const OWN = /^sha256\$[0-9a-f]{64}$/;

/** Whether it is a hash of ours, and not one that came with an import (check-secret.ts). */
export const isOwnHash = (hash: string): boolean => OWN.test(hash);

/** A hash that is not ours never matches. */
export const secretMatches = (hash: string, secret: string): boolean => hashMatches(hash, hashSecret(secret));

/** @param presented the hash of what was presented */
export function hashMatches(hash: string, presented: string): boolean {
  return hash.length === presented.length && timingSafeEqual(Buffer.from(hash), Buffer.from(presented));
}
