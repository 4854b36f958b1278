/**
 * Access tokens as resource servers present them: the same one many times a second, so that it is read once a second.
 * One that was revoked is refused at once by the process that revoked it, and within a second by every other.
 */
import type { Database } from '../database/database.js';
import { createRecentReads } from '../database/recent-reads.js';
import { findAccessToken } from './access-tokens.js';
import type { FoundToken } from './records.js';

// Some 2 kB each.
const MOST_TOKENS = 5_000;

export interface LiveAccessTokens {
  /** The token of this hash as findAccessToken has it, read within the last second. It is shared: not to be changed. */
  find(hash: Buffer, at: Date): Promise<FoundToken | undefined>;
  /** After this token was revoked. */
  forget(hash: Buffer): void;
  /** After any number of tokens was revoked. */
  forgetAll(): void;
}

export function createLiveAccessTokens(database: Database): LiveAccessTokens {
  const reads = createRecentReads<FoundToken>(MOST_TOKENS);
  const keyOf = (hash: Buffer) => hash.toString('base64');

  return {
    async find(hash, at) {
      const found = await reads.find(keyOf(hash), () => findAccessToken(database, hash, at));
      return found && isAlive(found, at) ? found : undefined;
    },
    forget: (hash) => reads.forget(keyOf(hash)),
    forgetAll: reads.forgetAll,
  };
}

/** It may have expired since it was read. */
function isAlive({ expiresAt, grant }: FoundToken, at: Date): boolean {
  return expiresAt > at && (!grant || grant.expiresAt > at);
}
