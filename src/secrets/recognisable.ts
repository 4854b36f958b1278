/**
 * Secrets that can be told from other text: a prefix, random letters and digits, and six that are a checksum of all
 * before them. Those who search published code for secrets know one by its prefix, and by the checksum that it is none
 * made up; and one that was cut off or mistyped is known without asking the database.
 */
import { crc32 } from 'node:zlib';
import { LETTERS, randomLetters } from './random-letters.js';

export interface RecognisableFormat {
  prefix: string;
  /** Of the whole, checksum included. */
  length: number;
  make(): string;
  /** False for one that was mistyped, cut off or made up. */
  isWellFormed(value: string): boolean;
}

// As many as the largest checksum, 2^32 - 1, takes in base 62.
const CHECKSUM_LENGTH = 6;

/** CRC-32 in base 62, the digits before the capitals before the small letters. */
function checksumOf(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let place = 0; place < CHECKSUM_LENGTH; place++) {
    digits = LETTERS[rest % LETTERS.length] + digits;
    rest = Math.floor(rest / LETTERS.length);
  }
  return digits;
}

/** @param random how many letters are random: 40 are 238 bits */
export function recognisableFormat(prefix: string, random: number): RecognisableFormat {
  const form = new RegExp(`^${prefix}[0-9A-Za-z]{${random + CHECKSUM_LENGTH}}$`);
  return {
    prefix,
    length: prefix.length + random + CHECKSUM_LENGTH,
    make() {
      const checked = prefix + randomLetters(random);
      return checked + checksumOf(checked);
    },
    isWellFormed(value) {
      const end = value.length - CHECKSUM_LENGTH;
      return form.test(value) && checksumOf(value.slice(0, end)) === value.slice(end);
    },
  };
}
