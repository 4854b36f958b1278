import { hkdfSync } from 'node:crypto';

type Purpose =
  | 'signing keys'
  | 'cookies'
  | 'csrf'
  | 'user codes'
  | 'mails'
  | 'mailed codes'
  | 'known browsers'
  | 'totp seeds'
  | 'recovery codes';

/** A key of its own for each purpose, 32 bytes, so that none can stand in for another. */
export function deriveKey(secretKey: string, purpose: Purpose): Buffer {
  return Buffer.from(hkdfSync('sha256', secretKey, '', `latchkey ${purpose}`, 32));
}
