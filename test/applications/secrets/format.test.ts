/** A secret is known for one by its form, so that scanners find it where it should not be. The README has the rule. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { makeTokenValue } from '../../../src/accounts/personal-tokens/token-format.js';
import { generateClientSecret } from '../../../src/applications/secrets/client-secrets.js';
import { projectFolder } from '../../../src/project-folder.js';

const readme = readFileSync(projectFolder('README.md'), 'utf8');

/** The expressions as the README has them. */
const expressionFor = (prefix: string) =>
  new RegExp(new RegExp(`\`(${prefix}\\[[^\`]+)\``).exec(readme)![1]!);

// CRC-32 bit by bit (ISO 3309) and base 62, written down here a second time from the README's words.
function crc32(text: string): number {
  let crc = 0xffffffff;
  for (const byte of Buffer.from(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

function inBase62(number: number): string {
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  let text = '';
  for (let rest = number; rest > 0; rest = Math.floor(rest / 62)) text = digits[rest % 62]! + text;
  return text.padStart(6, '0');
}

test.each([
  ['client secrets', 'lkcs', generateClientSecret, 128],
  ['personal access tokens', 'lkp_', makeTokenValue, 50],
] as const)('%s match the pattern of the README and carry its checksum', (_what, prefix, make, length) => {
  for (let count = 0; count < 200; count++) {
    const value = make();
    expect(expressionFor(prefix).exec(`x = "${value}";`)?.[0]).toBe(value);
    expect(value).toHaveLength(length);
    expect(value.slice(-6)).toBe(inBase62(crc32(value.slice(0, -6))));
  }
});

test('a client secret is letters and digits only, for clients that encode nothing', () => {
  for (let count = 0; count < 200; count++) expect(generateClientSecret()).toMatch(/^lkcs[A-Za-z0-9]{124}$/);
});
