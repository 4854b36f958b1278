/**
 * What a personal token looks like: lkp_, forty random letters and digits, and six that are a checksum of these. Those
 * who search published code for secrets know it by its prefix, and by the checksum that it is none made up.
 */
import { randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

const PREFIX = 'lkp_';
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
// 238 bits.
const RANDOM_LENGTH = 40;
// As many as the largest checksum, 2^32 - 1, takes in base 62.
const CHECKSUM_LENGTH = 6;
const FORM = new RegExp(`^${PREFIX}[0-9A-Za-z]{${RANDOM_LENGTH + CHECKSUM_LENGTH}}$`);

function checksumOf(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let place = 0; place < CHECKSUM_LENGTH; place++) {
    digits = ALPHABET[rest % ALPHABET.length] + digits;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return digits;
}

export function makeTokenValue(): string {
  const random = Array.from({ length: RANDOM_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  return PREFIX + random + checksumOf(PREFIX + random);
}

/** Whether it is one of these: every other token is looked for elsewhere, and costs nothing more here. */
export const isPersonalToken = (value: string): boolean => value.startsWith(PREFIX);

/** False for one that was mistyped, cut off or made up, about which the database need not be asked. */
export function isWellFormed(value: string): boolean {
  return FORM.test(value) && checksumOf(value.slice(0, -CHECKSUM_LENGTH)) === value.slice(-CHECKSUM_LENGTH);
}
