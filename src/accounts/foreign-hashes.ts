/**
 * Password hashes that other servers made, as they stand in an imported database: checked as they are, and replaced by
 * argon2id when the person signs in (check-credentials.ts). What a check may cost is bounded, since a row of an import
 * decides on it: one whose parameters are beyond these is no hash that anybody can sign in with.
 */
import { createHash, pbkdf2, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import argon2 from 'argon2';
import bcrypt from 'bcrypt';

type Check = (password: string) => Promise<boolean>;

const derive = promisify(pbkdf2);

// Some two seconds of one core. Django 6 uses 1.2 million.
const MOST_ITERATIONS = 3_000_000;
// KiB; Django uses 102,400.
const MOST_ARGON2_MEMORY = 262_144;
const MOST_ARGON2_PASSES = 10;
// Each step doubles the time; 12, which Django uses, takes some 200 ms.
const MOST_BCRYPT_COST = 14;
// Bytes; Django's 2^14 times 8 needs 16 MiB.
const MOST_SCRYPT_MEMORY = 128 * 1024 * 1024;
const MOST_SCRYPT_LANES = 16;

const DIGESTS = ['sha1', 'sha256', 'sha512'];

function isSame(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

function byPbkdf2(
  digest: string,
  iterations: number,
  salt: Buffer | string,
  stored: Buffer,
): Check | undefined {
  const isBearable = iterations >= 1 && iterations <= MOST_ITERATIONS && stored.length <= 64;
  if (!DIGESTS.includes(digest) || !isBearable || stored.length < 16) return undefined;
  return async (password) => isSame(await derive(password, salt, iterations, stored.length, digest), stored);
}

function byBcrypt(hash: string, prepare: (password: string) => string): Check | undefined {
  const cost = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/.exec(hash)?.[1];
  if (!cost || Number(cost) > MOST_BCRYPT_COST) return undefined;
  // The three letters name faults of implementations that are gone; the library knows the first two.
  const known = hash.replace(/^\$2y/, '$2b');
  return (password) => bcrypt.compare(prepare(password), known);
}

function byScrypt(n: number, r: number, p: number, salt: string, stored: Buffer): Check | undefined {
  const memory = 128 * n * r;
  const isPowerOfTwo = n > 1 && (n & (n - 1)) === 0;
  if (!isPowerOfTwo || memory > MOST_SCRYPT_MEMORY || p < 1 || p > MOST_SCRYPT_LANES) return undefined;
  if (stored.length < 16 || stored.length > 64) return undefined;
  const options = { N: n, r, p, maxmem: 2 * memory + 1024 * 1024 };
  return (password) =>
    new Promise((resolve, reject) => {
      scrypt(password, salt, stored.length, options, (error, key) =>
        error ? reject(error) : resolve(isSame(key, stored)),
      );
    });
}

function byArgon2(hash: string): Check | undefined {
  const [, memory, passes] =
    /^\$argon2(?:id|i|d)\$(?:v=\d+\$)?m=(\d{1,9}),t=(\d{1,9}),p=\d{1,2}(?:,[^$]*)?\$[^$]+\$[^$]+$/.exec(
      hash,
    ) ?? [];
  if (!memory || Number(memory) > MOST_ARGON2_MEMORY || Number(passes) > MOST_ARGON2_PASSES) return undefined;
  return (password) => argon2.verify(hash, password);
}

const base64 = (text: string) => Buffer.from(text, 'base64');

/** Django's (django.contrib.auth.hashers), by the name before the first `$`. */
function findDjangoCheck(hash: string): Check | undefined {
  const [algorithm, ...parts] = hash.split('$');
  const rest = hash.slice((algorithm ?? '').length + 1);
  const [first = '', salt = '', third = ''] = parts;
  switch (algorithm) {
    case 'pbkdf2_sha256':
      return byPbkdf2('sha256', Number(first), salt, base64(third));
    case 'pbkdf2_sha1':
      return byPbkdf2('sha1', Number(first), salt, base64(third));
    case 'argon2':
      return byArgon2(`$${rest}`);
    case 'bcrypt_sha256':
      // bcrypt reads no more than 72 bytes.
      return byBcrypt(rest, (password) => createHash('sha256').update(password).digest('hex'));
    case 'bcrypt':
      return byBcrypt(rest, (password) => password);
    case 'scrypt': {
      const [n, saltText = '', r, p, stored = ''] = parts;
      return byScrypt(Number(n), Number(r), Number(p), saltText, base64(stored));
    }
    default:
      return undefined;
  }
}

/** Salt and hash in base64, as passlib writes them: `$pbkdf2-sha256$i=27500$<salt>$<hash>`. */
const PHC_PBKDF2 = /^\$pbkdf2-(sha\d+)\$i=(\d+)\$([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+)$/;

/** What checks a password against this hash; undefined when it is of no known kind, or would cost too much. */
export function findForeignCheck(hash: string): Check | undefined {
  if (!hash.startsWith('$')) return findDjangoCheck(hash);
  const [, digest, iterations, salt, stored] = PHC_PBKDF2.exec(hash) ?? [];
  if (digest && salt && stored) return byPbkdf2(digest, Number(iterations), base64(salt), base64(stored));
  return byBcrypt(hash, (password) => password) ?? byArgon2(hash);
}
