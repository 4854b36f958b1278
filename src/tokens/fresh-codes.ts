/**
 * The codes this process has just stored. An application exchanges a code as soon as the browser has brought it, mostly at
 * the process that made it, which then need not read back what it wrote a moment ago: one of the four statements of a
 * sign-in. What may have changed since (the code spent or expired, its grant revoked, its person disabled) decides
 * the statement that spends the code (authorization-codes.ts), so nothing is answered that a read would have refused.
 */
import type { FoundCode } from './authorization-codes.js';

// Milliseconds. ID tokens tell of the person as they were when the code was made.
const FRESH_FOR = 1_000;
// Some 2 kB each.
const MOST_CODES = 5_000;

export interface FreshCodes {
  /** After it was stored. */
  remember(code: FoundCode): void;
  /** The code of this hash, once: who asks for it again has to read it. */
  take(hash: Buffer): FoundCode | undefined;
}

/** @param elapsed milliseconds of a clock that is never set */
export function createFreshCodes(elapsed = () => performance.now()): FreshCodes {
  // In the order in which they were stored.
  const codes = new Map<string, { code: FoundCode; until: number }>();
  const keyOf = (hash: Buffer) => hash.toString('latin1');

  return {
    remember(code) {
      for (const [key, { until }] of codes) {
        if (codes.size < MOST_CODES && until > elapsed()) break;
        codes.delete(key);
      }
      codes.set(keyOf(code.hash), { code, until: elapsed() + FRESH_FOR });
    },
    take(hash) {
      const key = keyOf(hash);
      const known = codes.get(key);
      codes.delete(key);
      return known && known.until > elapsed() ? known.code : undefined;
    },
  };
}
