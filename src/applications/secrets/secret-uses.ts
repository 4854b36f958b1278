/**
 * When and from where each secret was last used. A token request only notes it in memory; a second later, and then once
 * a minute, what was noted goes to the database in one statement. Nobody waits for that, and nobody fails with it.
 */
import type { Database } from '../../database/database.js';
import type { Logger } from '../../logging/log.js';
import { networkPrefix } from '../../throttle/network-prefix.js';
import { saveUses } from './secrets-store.js';

export interface SecretUses {
  /** @param network the client's address */
  note(secretId: number, network: string): void;
  /** Writes down what is left. */
  stop(): Promise<void>;
}

/** Milliseconds: from the first use to its writing, so that whoever tries a secret sees it; and between two writings. */
export interface UseTimes {
  soon: number;
  apart: number;
}

const USE_TIMES: UseTimes = { soon: 1_000, apart: 60_000 };

interface Use {
  at: number;
  network: string;
}

export function createSecretUses(database: Database, log: Logger, times: UseTimes = USE_TIMES): SecretUses {
  // No more than there are secrets that were right within a minute.
  let noted = new Map<number, Use>();
  let lastWriting = 0;
  let timer: NodeJS.Timeout | undefined;
  let writing = Promise.resolve();

  async function write(): Promise<void> {
    timer = undefined;
    lastWriting = Date.now();
    const uses = noted;
    noted = new Map();
    const rows = [...uses].map(([id, { at, network }]) => ({
      id,
      at: new Date(at),
      network: networkPrefix(network),
    }));
    try {
      if (rows.length) await saveUses(database.knex, rows);
    } catch (err) {
      log.warn({ err }, 'could not write down which secrets were used; trying again');
      for (const [id, use] of uses) if (!noted.has(id)) noted.set(id, use);
    }
  }

  function plan(now: number): void {
    // A clock that was set back must not put it off for as long.
    const sinceLast = Math.abs(now - lastWriting);
    timer = setTimeout(
      () => {
        writing = write();
      },
      Math.max(times.soon, times.apart - sinceLast),
    );
    timer.unref();
  }

  return {
    note(secretId, network) {
      const now = Date.now();
      const use = noted.get(secretId);
      if (use) {
        use.at = now;
        use.network = network;
      } else noted.set(secretId, { at: now, network });
      if (!timer) plan(now);
    },
    async stop() {
      clearTimeout(timer);
      await writing;
      await write();
    },
  };
}
