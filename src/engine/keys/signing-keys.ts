/**
 * The keys that sign ID tokens: RS256 (what clients of old expect) and ES256 (a third of the CPU), one of each made at the
 * first start of the first node; key-rotation.ts puts others in their place. The private halves are stored encrypted
 * under a key derived from SECRET_KEY.
 */
import { generateKeyPairSync } from 'node:crypto';
import type { JWK } from 'oidc-provider';
import { recordEvent } from '../../audit/audit.js';
import type { Database, Db } from '../../database/database.js';
import { randomLetters } from '../../secrets/random-letters.js';
import { seal, unseal } from '../../secrets/seal.js';

export const ALGORITHMS = ['RS256', 'ES256'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

export interface KeyTimes {
  kid: string;
  alg: Algorithm;
  createdAt: Date;
  activatesAt: Date;
  /** When it leaves; null unless another is to take its place. */
  expiresAt: Date | null;
}

export interface SigningKey extends KeyTimes {
  publicJwk: JWK;
  privateJwk: JWK;
}

/** Of keys of one algorithm, the one that signs at this moment: the last that has become active. */
export function findActive<Key extends KeyTimes>(keys: readonly Key[], at: Date): Key | undefined {
  const inOrder = [...keys].sort((a, b) => a.activatesAt.getTime() - b.activatesAt.getTime());
  // The first one begins early when those before it were taken out.
  return inOrder.findLast(({ activatesAt }) => activatesAt <= at) ?? inOrder[0];
}

function generateKey(alg: Algorithm): { kid: string; publicJwk: JWK; privateJwk: JWK } {
  const { publicKey, privateKey } =
    alg === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  // Letters and digits: a name that begins with a hyphen would be an option to the command line (latchkey keys retire).
  const kid = randomLetters(16);
  const common = { kid, alg, use: 'sig' };
  return {
    kid,
    publicJwk: { ...publicKey.export({ format: 'jwk' }), ...common } as JWK,
    privateJwk: { ...privateKey.export({ format: 'jwk' }), ...common } as JWK,
  };
}

/** Whoever makes or removes keys does so alone, until the end of the transaction. */
export async function lockKeys(transaction: Db): Promise<void> {
  await transaction.raw("SELECT pg_advisory_xact_lock(hashtext('latchkey signing keys'))");
}

/** @returns its id */
export async function makeKey(
  transaction: Db,
  secret: Buffer,
  { alg, at, activatesAt }: { alg: Algorithm; at: Date; activatesAt: Date },
): Promise<string> {
  const { kid, publicJwk, privateJwk } = generateKey(alg);
  await transaction('signing_keys').insert({
    kid,
    alg,
    public_jwk: JSON.stringify(publicJwk),
    private_jwk: seal(secret, JSON.stringify(privateJwk)),
    created_at: at,
    activates_at: activatesAt,
  });
  const details = { kid, alg, activates_at: activatesAt.toISOString() };
  await recordEvent(transaction, { event: 'key.created', at, details });
  return kid;
}

async function addMissingKeys(transaction: Db, secret: Buffer, at: Date): Promise<void> {
  // One node makes the keys; the others wait here and then find them.
  await lockKeys(transaction);
  const existing: { alg: string }[] = await transaction('signing_keys').select('alg');
  for (const alg of ALGORITHMS.filter((name) => !existing.some((row) => row.alg === name)))
    await makeKey(transaction, secret, { alg, at, activatesAt: at });
}

interface KeyRow {
  kid: string;
  alg: Algorithm;
  public_jwk: JWK;
  private_jwk: Buffer;
  created_at: Date;
  activates_at: Date | null;
  expires_at: Date | null;
}

const selectKeys = (db: Db) =>
  db<KeyRow>('signing_keys').orderBy([
    { column: 'alg', order: 'desc' },
    { column: 'created_at', order: 'desc' },
  ]);

const timesOf = ({ kid, alg, created_at, activates_at, expires_at }: KeyRow): KeyTimes => ({
  kid,
  alg,
  createdAt: created_at,
  activatesAt: activates_at ?? created_at,
  expiresAt: expires_at,
});

/** Those that are there, RS256 first and of one algorithm the newest first. */
export async function listKeys(db: Db): Promise<KeyTimes[]> {
  return (await selectKeys(db)).map(timesOf);
}

/** @throws Error when SECRET_KEY is not the one the keys were encrypted with */
export async function readKeys(db: Db, secret: Buffer): Promise<SigningKey[]> {
  return (await selectKeys(db)).map((row) => {
    try {
      const privateJwk = JSON.parse(unseal(secret, row.private_jwk)) as JWK;
      return { ...timesOf(row), publicJwk: row.public_jwk, privateJwk };
    } catch (cause) {
      throw new Error(
        'SECRET_KEY is not the one this database was set up with: its signing keys cannot be decrypted. Start with the old SECRET_KEY.',
        { cause },
      );
    }
  });
}

/** Makes what is missing first. @throws as readKeys does */
export async function loadSigningKeys(database: Database, secret: Buffer): Promise<SigningKey[]> {
  await database.knex.transaction((transaction) => addMissingKeys(transaction, secret, new Date()));
  return readKeys(database.knex, secret);
}
