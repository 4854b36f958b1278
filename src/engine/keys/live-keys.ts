/** The signing keys of a running server, read again and again, so that a rotation needs no restart. */
import type { JWK } from 'oidc-provider';
import type { Database } from '../../database/database.js';
import type { Logger } from '../../logging/log.js';
import { KEYS_ARE_READ_EVERY } from './key-rotation.js';
import { type Algorithm, findActive, loadSigningKeys, readKeys, type SigningKey } from './signing-keys.js';

export interface LiveKeys {
  /** The one that signs now. */
  active(alg: Algorithm): SigningKey;
  /** All of an algorithm: the one that signs first, then those whose signatures may have to be verified. */
  ofAlgorithm(alg: Algorithm): SigningKey[];
  /** What everybody may see: also of those that will sign, and of those that have. */
  publicKeys(): JWK[];
  /** Reads them again. */
  refresh(): Promise<void>;
}

/**
 * Makes the first keys where there are none.
 * @throws Error when SECRET_KEY is not the one the keys were encrypted with
 */
export async function openLiveKeys(database: Database, secret: Buffer): Promise<LiveKeys> {
  let keys = await loadSigningKeys(database, secret);

  const ofAlgorithm = (alg: Algorithm): SigningKey[] => {
    const all = keys.filter((key) => key.alg === alg);
    const active = findActive(all, new Date());
    if (!active) throw new Error(`There is no signing key for ${alg}.`);
    return [active, ...all.filter((key) => key !== active)];
  };

  return {
    ofAlgorithm,
    active: (alg) => ofAlgorithm(alg)[0]!,
    publicKeys: () => keys.map(({ publicJwk }) => publicJwk),
    async refresh() {
      const known = new Map(keys.map((key) => [key.kid, key]));
      const read = await readKeys(database.knex, secret);
      // The same object for the same key: what was made of it once (key-places.ts) is found by it.
      keys = read.map((key) => {
        const { activatesAt, expiresAt } = key;
        return Object.assign(known.get(key.kid) ?? key, { activatesAt, expiresAt });
      });
    },
  };
}

/** Until the returned function is called, which waits for the reading that is under way. */
export function startReadingKeys(live: LiveKeys, log: Logger): () => Promise<void> {
  let running = Promise.resolve();
  const timer = setInterval(() => {
    running = live.refresh().catch((err) => {
      log.warn({ err }, 'the signing keys could not be read again; going on with those read before');
    });
  }, KEYS_ARE_READ_EVERY);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await running;
  };
}
