/**
 * New signing keys in the place of the old, while everything goes on. A new key is shown among the public keys first, and
 * signs only when everybody who keeps those for a while has seen it; the one before it stays among them until nothing that
 * it signed is valid any more, and then leaves by itself (tokens/sweep.ts). Every node takes up what has changed within
 * KEYS_ARE_READ_EVERY, and all begin to sign with the new key at the same moment, by their clocks.
 */
import { longestAccessToken } from '../../applications/clients/longest-access-token.js';
import { recordAdministration } from '../../audit/audit.js';
import type { Lifetimes } from '../../config/config.js';
import type { Database, Db } from '../../database/database.js';
import { AppError } from '../../http/errors.js';
import { type Algorithm, findActive, type KeyTimes, listKeys, lockKeys, makeKey } from './signing-keys.js';

/** Milliseconds. */
export const KEYS_ARE_READ_EVERY = 20_000;
/** Seconds that others may keep the public keys for, as the answer says: the least to announce a new key for. */
export const PUBLIC_KEYS_ARE_FRESH_FOR = 600;
/** Of one algorithm, the one that signs included: as many as the engine has places for (key-places.ts). */
export const MOST_KEYS = 4;

export type KeyPhase = 'announced' | 'active' | 'retired';

export function phaseOf(key: KeyTimes, keys: readonly KeyTimes[], at: Date): KeyPhase {
  const active = findActive(
    keys.filter(({ alg }) => alg === key.alg),
    at,
  );
  if (active?.kid === key.kid) return 'active';
  return key.activatesAt > at ? 'announced' : 'retired';
}

type SignedLifetimes = Pick<Lifetimes, 'idToken' | 'accessToken' | 'session'>;

/**
 * Seconds for which something that a key has signed may be of use: ID tokens, also as the hint by which an application
 * signs somebody out of a session, and access tokens.
 */
async function longestLifetime(db: Db, { idToken, accessToken, session }: SignedLifetimes): Promise<number> {
  return Math.max(idToken, session, await longestAccessToken(db, accessToken));
}

interface Rotation {
  algorithms: readonly Algorithm[];
  /** Seconds for which the new keys are shown before they sign. */
  announceFor: number;
  lifetimes: SignedLifetimes;
  at: Date;
}

export interface RotatedKey {
  alg: Algorithm;
  kid: string;
  activatesAt: Date;
  /** When the one before leaves. */
  oldLeavesAt: Date;
}

const later = (moment: Date, seconds: number) => new Date(moment.getTime() + seconds * 1_000);

function refuseWhatIsUnderWay(alg: Algorithm, keys: readonly KeyTimes[], at: Date): void {
  const announced = keys.find((key) => phaseOf(key, keys, at) === 'announced');
  if (announced) {
    throw new AppError(
      409,
      'rotation_under_way',
      `The ${alg} key ${announced.kid} is announced already, and signs from ${announced.activatesAt.toISOString()} on.`,
    );
  }
  if (keys.length < MOST_KEYS) return;
  const oldest = keys.at(-1)!;
  throw new AppError(
    409,
    'too_many_keys',
    `There are ${keys.length} ${alg} keys whose tokens may be valid. The oldest, ${oldest.kid}, leaves at ${oldest.expiresAt?.toISOString()}.`,
  );
}

/** @throws AppError when the rotation before has not come so far yet */
export async function rotateKeys(
  database: Database,
  secret: Buffer,
  { algorithms, announceFor, lifetimes, at }: Rotation,
): Promise<RotatedKey[]> {
  return database.knex.transaction(async (transaction) => {
    await lockKeys(transaction);
    const all = await listKeys(transaction);
    const activatesAt = later(at, announceFor);
    // A node may be late by one reading, and sign with the old key until then.
    const keepFor = (await longestLifetime(transaction, lifetimes)) + KEYS_ARE_READ_EVERY / 1_000;
    const oldLeavesAt = later(activatesAt, keepFor);
    const rotated: RotatedKey[] = [];
    for (const alg of algorithms) {
      const keys = all.filter((key) => key.alg === alg);
      refuseWhatIsUnderWay(alg, keys, at);
      const kid = await makeKey(transaction, secret, { alg, at, activatesAt });
      const replaced = keys.filter(({ expiresAt }) => expiresAt === null).map((key) => key.kid);
      await transaction('signing_keys').whereIn('kid', replaced).update({ expires_at: oldLeavesAt });
      const details = { alg, kid, replaces: replaced, leaves_at: oldLeavesAt.toISOString() };
      await recordAdministration(transaction, {}, { event: 'key.rotated', at, details });
      rotated.push({ alg, kid, activatesAt, oldLeavesAt });
    }
    return rotated;
  });
}

/**
 * Takes a key out at once, because somebody may have got hold of it: what it signed is no longer verified by anybody who
 * asks for the keys. Where it was the one that signs, the one that is announced does so from now on.
 * @throws AppError when there is no such key, or none that could take its place
 */
export async function retireKey(database: Database, kid: string, at: Date): Promise<KeyTimes> {
  return database.knex.transaction(async (transaction) => {
    await lockKeys(transaction);
    const all = await listKeys(transaction);
    const key = all.find((each) => each.kid === kid);
    if (!key) throw new AppError(404, 'key_not_found', `There is no signing key ${JSON.stringify(kid)}.`);
    const ofAlgorithm = all.filter(({ alg }) => alg === key.alg);
    const was = phaseOf(key, all, at);
    const inPhase = (phase: KeyPhase) => ofAlgorithm.find((each) => phaseOf(each, all, at) === phase);
    const stays = was === 'active' ? inPhase('announced') : inPhase('active');
    if (!stays) {
      throw new AppError(
        409,
        'no_successor',
        `${kid} is the ${key.alg} key that signs, and no other is announced. Rotate the keys first.`,
      );
    }
    await transaction('signing_keys').where({ kid }).delete();
    if (was === 'active')
      await transaction('signing_keys').where({ kid: stays.kid }).update({ activates_at: at });
    // The one that signs was to leave for the sake of this one.
    if (was === 'announced')
      await transaction('signing_keys').where({ kid: stays.kid }).update({ expires_at: null });
    const details = { kid, alg: key.alg, was };
    await recordAdministration(transaction, {}, { event: 'key.retired', at, details });
    return key;
  });
}
