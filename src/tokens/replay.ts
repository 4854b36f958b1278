/**
 * The answer a refresh gave, kept for the grace window so that an honest double submit (two tabs, a lost response)
 * gets the same answer again. It is encrypted under a key derived from the presented refresh token, which the
 * database does not know: a dump cannot replay it.
 */
import { hkdfSync } from 'node:crypto';
import { seal, unseal } from '../secrets/seal.js';

function keyFrom(token: string): Buffer {
  return Buffer.from(hkdfSync('sha256', token, '', 'latchkey refresh replay', 32));
}

export function sealReplay(token: string, answer: unknown): Buffer {
  return seal(keyFrom(token), JSON.stringify(answer));
}

export function openReplay(token: string, replay: Buffer): unknown {
  return JSON.parse(unseal(keyFrom(token), replay));
}
