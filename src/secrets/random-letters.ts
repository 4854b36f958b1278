import { randomBytes } from 'node:crypto';

/** Letters and digits: what fits every form, needs no encoding anywhere, and is selected by a double click. */
export const LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Each of LETTERS is as likely as every other: 5.95 bits a letter. */
export function randomLetters(length: number): string {
  // 248 is the largest multiple of 62 in a byte: taking the rest as well would favour the first letters.
  const limit = 256 - (256 % LETTERS.length);
  let letters = '';
  while (letters.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < limit && letters.length < length) letters += LETTERS[byte % LETTERS.length];
    }
  }
  return letters;
}
