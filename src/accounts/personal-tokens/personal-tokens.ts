/**
 * Personal tokens as they are presented. Nothing of them is kept in memory, so one that is revoked is refused by every
 * node at once. That one was used is written down once an hour, and nobody waits for it.
 */
import type { Database } from '../../database/database.js';
import type { Logger } from '../../logging/log.js';
import { hashToken } from '../../secrets/token-hash.js';
import { type FoundPersonalToken, findPersonalToken, saveLastUse } from './store.js';
import { isWellFormed } from './token-format.js';

export interface PersonalTokens {
  /**
   * The live token of this value.
   * @param network where it comes from; undefined when a resource server asks about one that was presented there
   */
  find(value: string, network: string | undefined): Promise<FoundPersonalToken | undefined>;
}

const HOUR_MS = 60 * 60_000;

export function createPersonalTokens(database: Database, log: Logger): PersonalTokens {
  // Of a token presented a thousand times a second only the first use is written.
  const beingNoted = new Set<number>();

  async function noteUse({ id, lastUsedAt }: FoundPersonalToken, at: Date, network: string | undefined) {
    const unlessAfter = new Date(at.getTime() - HOUR_MS);
    if (beingNoted.has(id) || (lastUsedAt && lastUsedAt > unlessAfter)) return;
    beingNoted.add(id);
    try {
      await saveLastUse(database.knex, id, { at, network, unlessAfter });
    } catch (err) {
      log.warn({ err }, 'could not write down that a personal token was used');
    } finally {
      beingNoted.delete(id);
    }
  }

  return {
    async find(value, network) {
      if (!isWellFormed(value)) return undefined;
      const at = new Date();
      const found = await findPersonalToken(database, hashToken(value), at);
      if (found) void noteUse(found, at, network);
      return found;
    },
  };
}
