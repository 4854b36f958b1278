/**
 * The answer a refresh gave, kept for the grace window so that an honest double submit (two tabs, a lost response)
 * gets the same answer again. It is encrypted under a key derived from the presented refresh token, which the
 * database does not know: a dump cannot replay it.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const IV_BYTES = 12;
const TAG_BYTES = 16;

function keyFrom(token: string): Buffer {
  return Buffer.from(hkdfSync('sha256', token, '', 'latchkey refresh replay', 32));
}

export function sealReplay(token: string, answer: unknown): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', keyFrom(token), iv);
  const sealed = Buffer.concat([cipher.update(JSON.stringify(answer), 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]);
}

export function openReplay(token: string, replay: Buffer): unknown {
  const decipher = createDecipheriv('aes-256-gcm', keyFrom(token), replay.subarray(0, IV_BYTES));
  decipher.setAuthTag(replay.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  const opened = Buffer.concat([decipher.update(replay.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
  return JSON.parse(opened.toString('utf8'));
}
