/**
 * Passwords: argon2id in a bounded queue, and the rules for choosing one. The product of NIST 800-63B-4 3.1.1.2: length
 * counts, composition does not, and what an attacker tries first is refused with the reason. A password is never
 * trimmed, folded or cut: every character of it counts.
 */
import { randomBytes } from 'node:crypto';
import argon2 from 'argon2';
import type { Config } from '../config/config.js';
import { overloaded } from '../http/errors.js';
import { type Text, text } from '../languages/texts.js';
import { createFairQueue } from '../throttle/fair-queue.js';
import { sitePrefix } from '../throttle/network-prefix.js';
import { commonPasswords } from './common-passwords.js';
import { findForeignCheck } from './foreign-hashes.js';

/** Longer ones are never hashed; far beyond any passphrase and what a password manager makes. */
const LONGEST_PASSWORD = 1024;

/** No hash, or one of no known kind, costs the same time and is never right. */
export type Verify = (hash: string | null | undefined, password: string) => Promise<boolean>;

/** In the queue networks take turns. The network is the client's address; undefined where there is none. */
export interface Passwords {
  /** @throws AppError overloaded when there is no place in the queue */
  hash(password: string, network: string | undefined): Promise<string>;
  /** Waits for a turn in the queue, which lasts while the work runs. @throws AppError overloaded */
  inTurn<T>(network: string | undefined, work: (verify: Verify) => Promise<T>): Promise<T>;
  needsRehash(hash: string): boolean;
  /** @param context names the password may not be: username, email address. @returns what to tell the person */
  findProblem(password: string, context: string[]): Text | undefined;
}

// OWASP's and RFC 9106's second choice for 2024 and later: 19 MiB, some 30 ms of one core.
const PARAMETERS = { type: argon2.argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Beyond this many waiting, somebody is told to come back: 64 take about a second on two cores. */
const LONGEST_QUEUE = 64;
const RETRY_SECONDS = 2;

const fold = (text: string) => text.normalize('NFKC').toLowerCase();

/** `passwordpassword` and `abcabcabc` are as easy as what they repeat. */
function isRepetition(text: string): boolean {
  return /^(.{1,8}?)\1+$/su.test(text);
}

function isSequence(text: string): boolean {
  const codes = Array.from(text, (character) => character.codePointAt(0)!);
  const step = codes[1]! - codes[0]!;
  return (
    Math.abs(step) <= 1 && codes.every((code, index) => index === 0 || code - codes[index - 1]! === step)
  );
}

function isContextWord(folded: string, context: string[]): boolean {
  const words = context.flatMap((word) => [word, word.split('@')[0]!]);
  return [...words, 'latchkey'].some((word) => fold(word) === folded);
}

function findProblem(password: string, context: string[], minLength: number): Text | undefined {
  const length = Array.from(password).length;
  if (length === 0) return text('accounts.refused.passwordMissing');
  if (length < minLength) return text('accounts.refused.passwordShort', { min: minLength });
  if (password.length > LONGEST_PASSWORD)
    return text('accounts.refused.passwordLong', { max: LONGEST_PASSWORD });
  if (password.includes('\0')) return text('accounts.refused.passwordNul');
  const folded = fold(password);
  if (isContextWord(folded, context)) return text('accounts.refused.passwordContext');
  if (isRepetition(folded) || isSequence(folded)) return text('accounts.refused.passwordPattern');
  if (commonPasswords.has(folded)) return text('accounts.refused.passwordCommon');
  return undefined;
}

export function createPasswords({ minLength, hashConcurrency }: Config['passwords']): Passwords {
  const queue = createFairQueue({
    concurrency: hashConcurrency,
    places: LONGEST_QUEUE,
    refusal: () => overloaded(RETRY_SECONDS),
  });
  // The same work for an account that does not exist, so that time tells nothing.
  const dummyHash = argon2.hash(randomBytes(16), PARAMETERS);

  const inQueue = <T>(network: string | undefined, work: () => Promise<T>): Promise<T> =>
    queue.run(network === undefined ? 'this machine' : sitePrefix(network), work);

  // Milliseconds that the last check of an imported hash took.
  let foreignTook = 0;

  const verify: Verify = async (hash, password) => {
    if (password.length > LONGEST_PASSWORD) return false;
    const isOurs = hash?.startsWith('$argon2id$');
    const check = hash && !isOurs ? findForeignCheck(hash) : undefined;
    if (check) {
      const begun = performance.now();
      const isRight = await check(password);
      foreignTook = performance.now() - begun;
      return isRight;
    }
    const isRight = await argon2.verify(isOurs ? hash! : await dummyHash, password);
    return Boolean(isOurs) && isRight;
  };

  /**
   * After a turn in which a password was wrong, and outside of the queue: as long as an imported hash takes, which is
   * slower than ours by design. Otherwise the time would tell who has an account and has not signed in since the import.
   */
  const inTurn: Passwords['inTurn'] = async (network, work) => {
    let settlesAt = 0;
    const result = await inQueue(network, () =>
      work(async (hash, password) => {
        const begun = performance.now();
        const isRight = await verify(hash, password);
        settlesAt = isRight ? 0 : begun + foreignTook;
        return isRight;
      }),
    );
    const left = settlesAt - performance.now();
    if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));
    return result;
  };

  return {
    hash: async (password, network) => {
      if (password.length > LONGEST_PASSWORD)
        throw new RangeError('A password over the limit is never hashed');
      return inQueue(network, () => argon2.hash(password, PARAMETERS));
    },
    inTurn,
    needsRehash: (hash) => !hash.startsWith('$argon2id$') || argon2.needsRehash(hash, PARAMETERS),
    findProblem: (password, context) => findProblem(password, context, minLength),
  };
}
