import { createPublicKey, randomBytes, verify } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type Database, openDatabase } from '../../../src/database/database.js';
import { loadSigningKeys, type SigningKey } from '../../../src/engine/keys/signing-keys.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { get, signInAt } from '../../support/oauth.js';
import { createApp, createPerson, signIn } from '../../support/people.js';
import { startTestServer } from '../../support/server.js';

let own: TestDatabase;
let nodes: Database[];
const key = randomBytes(32);

beforeEach(async () => {
  own = await createTestDatabase();
  nodes = [1, 2, 3].map(() => openDatabase(own.url, { poolSize: 3, preparedStatements: true }));
});

afterEach(async () => {
  for (const node of nodes) await node.close();
  await own.drop();
});

const kidsOf = (keys: SigningKey[]) => keys.map(({ kid }) => kid);

test('nodes that start at the same moment make one pair of keys, RS256 first', async () => {
  const loaded = await Promise.all(nodes.map((node) => loadSigningKeys(node, key)));
  expect(loaded[0]?.map(({ alg, publicJwk }) => [alg, publicJwk.use])).toEqual([
    ['RS256', 'sig'],
    ['ES256', 'sig'],
  ]);
  expect(loaded[1]).toEqual(loaded[0]);
  expect(loaded[2]).toEqual(loaded[0]);
  expect(await nodes[0]!.knex('signing_keys')).toHaveLength(2);
  expect(await nodes[0]!.knex('audit_events').where({ event: 'key.created' })).toHaveLength(2);
});

test('a restart keeps them', async () => {
  const first = await loadSigningKeys(nodes[0]!, key);
  expect(await loadSigningKeys(nodes[1]!, key)).toEqual(first);
});

test('the private half is stored encrypted, differently each time (DA-05)', async () => {
  const keys = await loadSigningKeys(nodes[0]!, key);
  const { rows } = await nodes[0]!.knex.raw(
    "SELECT t::text AS row, encode(private_jwk, 'escape') AS sealed FROM signing_keys t",
  );
  const stored = JSON.stringify(rows);
  for (const { privateJwk } of keys) {
    for (const part of ['d', 'p', 'q', 'dp', 'dq', 'qi'] as const) {
      const secret = (privateJwk as unknown as Record<string, string | undefined>)[part];
      if (secret) expect([part, stored.includes(secret)]).toEqual([part, false]);
    }
  }
  const other = await createTestDatabase();
  const elsewhere = openDatabase(other.url, { poolSize: 3, preparedStatements: true });
  try {
    expect(kidsOf(await loadSigningKeys(elsewhere, key))).not.toEqual(kidsOf(keys));
  } finally {
    await elsewhere.close();
    await other.drop();
  }
});

test('another SECRET_KEY is refused in words, and neither makes nor changes a key', async () => {
  await loadSigningKeys(nodes[0]!, key);
  const before = await nodes[0]!.knex('signing_keys').orderBy('kid');
  await expect(loadSigningKeys(nodes[1]!, randomBytes(32))).rejects.toThrow(/SECRET_KEY is not the one/);
  expect(await nodes[0]!.knex('signing_keys').orderBy('kid')).toEqual(before);
});

test('a sealed key that was tampered with is refused', async () => {
  await loadSigningKeys(nodes[0]!, key);
  const [row] = await nodes[0]!.knex('signing_keys').limit(1);
  const tampered = Buffer.from(row.private_jwk);
  tampered[tampered.length - 1]! ^= 1;
  await nodes[0]!.knex('signing_keys').where({ kid: row.kid }).update({ private_jwk: tampered });
  await expect(loadSigningKeys(nodes[1]!, key)).rejects.toThrow(/cannot be decrypted/);
});

test('a server with another SECRET_KEY does not start', async () => {
  const server = await startTestServer({ DATABASE_URL: own.url });
  await server.stop();
  await expect(
    startTestServer({ DATABASE_URL: own.url, SECRET_KEY: 'quite another secret key, of 32+ characters' }),
  ).rejects.toThrow(/SECRET_KEY is not the one/);
});

test('the published keys have no private part and verify the ID tokens of both algorithms, on every node and after a restart', async () => {
  const first = await startTestServer({ DATABASE_URL: own.url });
  await createPerson(first, 'alice');
  const idTokens = [];
  for (const idTokenAlg of ['RS256', 'ES256'] as const) {
    const app = await createApp(first, { idTokenAlg, skipConsent: true });
    const { id_token = '' } = await signInAt(first, await signIn(first, 'alice'), app, { scope: 'openid' });
    idTokens.push({ id_token, idTokenAlg });
  }
  await first.stop();
  const second = await startTestServer({ DATABASE_URL: own.url });
  try {
    const { keys } = (await get(second, '/o/.well-known/jwks.json')).body as {
      keys: Record<string, string>[];
    };
    expect(keys.map(({ alg }) => alg).sort()).toEqual(['ES256', 'RS256']);
    for (const jwk of keys)
      for (const part of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) expect(jwk).not.toHaveProperty(part);
    for (const { id_token, idTokenAlg } of idTokens) {
      const [head = '', body = '', signature = ''] = id_token.split('.');
      const { kid, alg } = JSON.parse(Buffer.from(head, 'base64url').toString());
      expect(alg).toBe(idTokenAlg);
      const jwk = keys.find((candidate) => candidate.kid === kid);
      const publicKey = createPublicKey({ key: { ...jwk }, format: 'jwk' });
      const signed = Buffer.from(`${head}.${body}`);
      expect(
        verify(
          'sha256',
          signed,
          { key: publicKey, dsaEncoding: 'ieee-p1363' },
          Buffer.from(signature, 'base64url'),
        ),
      ).toBe(true);
    }
  } finally {
    await second.stop();
  }
});
