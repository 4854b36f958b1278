/**
 * The keys that sign ID tokens: one RS256 (what clients of old expect) and one ES256 (a third of the CPU), made at the
 * first start of the first node. The private halves are stored encrypted under a key derived from SECRET_KEY.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { JWK } from 'oidc-provider';
import { recordEvent } from '../audit/audit.js';
import type { Database, Db } from '../database/database.js';
import { seal, unseal } from '../secrets/seal.js';

const ALGORITHMS = ['RS256', 'ES256'] as const;
type Algorithm = (typeof ALGORITHMS)[number];

function generateKey(alg: Algorithm): { kid: string; publicJwk: JWK; privateJwk: JWK } {
  const { publicKey, privateKey } =
    alg === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const kid = randomBytes(12).toString('base64url');
  const common = { kid, alg, use: 'sig' };
  return {
    kid,
    publicJwk: { ...publicKey.export({ format: 'jwk' }), ...common } as JWK,
    privateJwk: { ...privateKey.export({ format: 'jwk' }), ...common } as JWK,
  };
}

async function addMissingKeys(transaction: Db, key: Buffer, at: Date): Promise<void> {
  // One node makes the keys; the others wait here and then find them.
  await transaction.raw("SELECT pg_advisory_xact_lock(hashtext('latchkey signing keys'))");
  const existing: { alg: string }[] = await transaction('signing_keys').select('alg');
  for (const alg of ALGORITHMS.filter((name) => !existing.some((row) => row.alg === name))) {
    const { kid, publicJwk, privateJwk } = generateKey(alg);
    await transaction('signing_keys').insert({
      kid,
      alg,
      public_jwk: JSON.stringify(publicJwk),
      private_jwk: seal(key, JSON.stringify(privateJwk)),
      created_at: at,
    });
    await recordEvent(transaction, { event: 'key.created', at, details: { kid, alg } });
  }
}

/** @throws Error when SECRET_KEY is not the one the keys were encrypted with */
export async function loadSigningKeys(database: Database, key: Buffer): Promise<JWK[]> {
  await database.knex.transaction((transaction) => addMissingKeys(transaction, key, new Date()));
  const rows: { kid: string; private_jwk: Buffer }[] = await database
    .knex('signing_keys')
    .select('kid', 'private_jwk')
    .orderBy([
      { column: 'alg', order: 'desc' },
      { column: 'created_at', order: 'desc' },
    ]);
  return rows.map((row) => {
    try {
      return JSON.parse(unseal(key, row.private_jwk)) as JWK;
    } catch (cause) {
      throw new Error(
        'SECRET_KEY is not the one this database was set up with: its signing keys cannot be decrypted. Start with the old SECRET_KEY.',
        { cause },
      );
    }
  });
}
