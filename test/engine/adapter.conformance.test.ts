/** What the engine asks of an adapter, for each model that is stored, on two nodes with a pool each. */
import '../../src/engine/known-warnings.js';
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Adapter } from 'oidc-provider';
import { setAccountEnabled } from '../../src/accounts/set-account-enabled.js';
import { type Database, openDatabase } from '../../src/database/database.js';
import { createAdapter } from '../../src/engine/storage/adapter.js';
import { addBuckets } from '../../src/tokens/buckets.js';
import { createFreshCodes } from '../../src/tokens/fresh-codes.js';
import { createLiveAccessTokens } from '../../src/tokens/live-access-tokens.js';
import { backToPresent, freezeAt } from '../support/clock.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { createApp, createPerson } from '../support/people.js';
import { newId, now, type Payload, payloadFor } from './payloads.js';

const ROUNDS = 200;
const userCodeKey = randomBytes(32);

let own: TestDatabase;
let nodes: [Database, Database];
let adapters: Array<(model: string) => Adapter>;
let accountId: string;
let clientId: string;
let grantId: string;

beforeAll(async () => {
  own = await createTestDatabase();
  const open = () => openDatabase(own.url, { poolSize: 5, preparedStatements: true });
  nodes = [open(), open()];
  adapters = nodes.map((database) =>
    createAdapter({
      database,
      freshCodes: createFreshCodes(),
      liveTokens: createLiveAccessTokens(database),
      userCodeKey,
    }),
  );
  await addBuckets(nodes[0].knex, new Date());
  accountId = String((await createPerson({ database: nodes[0] }, 'alice')).id);
  clientId = (await createApp({ database: nodes[0] })).clientId;
});

afterEach(backToPresent);
afterAll(async () => {
  for (const database of nodes) await database.close();
  await own.drop();
});

const adapterOf = (model: string, node = 0): Adapter => adapters[node]!(model);
async function store(
  model: string,
  more: Payload = {},
  id = newId(),
): Promise<{ id: string; payload: Payload }> {
  const payload = payloadFor(model, id, { accountId, clientId, grantId }, more);
  await adapterOf(model).upsert(id, payload, 60);
  return { id, payload };
}

beforeEach(async () => {
  const id = newId();
  grantId = id;
  await adapterOf('Grant').upsert(
    id,
    payloadFor('Grant', id, { accountId, clientId, grantId }, { exp: now() + 3600 }),
    3600,
  );
});

const MODELS = [
  'AuthorizationCode',
  'AccessToken',
  'ClientCredentials',
  'RefreshToken',
  'Grant',
  'DeviceCode',
  'Session',
  'Interaction',
];
const TOKENS = ['AuthorizationCode', 'AccessToken', 'RefreshToken'];
const CONSUMED_ONCE = ['AuthorizationCode', 'RefreshToken', 'DeviceCode'];

describe('upsert and find', () => {
  test.each(MODELS)(
    '%s: what is stored on one node is found on the other, property by property',
    async (model) => {
      const { id, payload } = await store(model);
      const found = await adapterOf(model, 1).find(id);
      const expected: Record<string, unknown> = { ...payload };
      // Looked up by the user code, which is not stored; the session's start is of no use to anybody.
      if (model === 'DeviceCode') for (const name of ['userCode', 'iat']) delete expected[name];
      if (model === 'Session') delete expected.iat;
      if (model === 'Interaction') delete expected.iat;
      expect(found).toMatchObject(expected);
    },
  );

  // A grant's id never comes from outside.
  test.each(MODELS.filter((model) => model !== 'Grant'))(
    '%s: an id nobody knows is undefined, however odd it is',
    async (model) => {
      for (const id of ['', 'unknown', '\0', '~', '~.', 'x'.repeat(10_000), '\u{1f4a9}']) {
        expect(await adapterOf(model).find(id)).toBeUndefined();
      }
    },
  );

  test.each(MODELS)('%s: the id itself is in no table', async (model) => {
    const { id } = await store(model);
    // A grant's id is no credential: nothing takes it.
    if (model === 'Grant') return;
    const { rows } = await nodes[0].knex.raw(
      "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'",
    );
    for (const { name } of rows as { name: string }[]) {
      const text = JSON.stringify(
        await nodes[0].knex.raw('SELECT t::text FROM ?? t', [name]).then((result) => result.rows),
      );
      expect([name, text.includes(id)]).toEqual([name, false]);
    }
  });

  test.each(['Grant', 'Session', 'Interaction', 'DeviceCode'])(
    '%s: a second upsert changes what is stored',
    async (model) => {
      const { id } = await store(model);
      const found = (await adapterOf(model, 1).find(id)) as Payload;
      const changes: Record<string, Payload> = {
        Grant: { openid: { scope: 'openid' } },
        Session: { accountId, loginTs: 1, amr: ['other'] },
        Interaction: { lastSubmission: { login: { accountId } } },
        DeviceCode: { grantId, accountId, scope: 'read' },
      };
      await adapterOf(model, 1).upsert(id, { ...found, ...changes[model] }, 60);
      expect(await adapterOf(model).find(id)).toMatchObject(changes[model]!);
    },
  );

  test('an access token is not found as client credentials, nor the other way round', async () => {
    const person = await store('AccessToken');
    const machine = await store('ClientCredentials');
    expect(await adapterOf('ClientCredentials').find(person.id)).toBeUndefined();
    expect(await adapterOf('AccessToken').find(machine.id)).toBeUndefined();
  });

  test('no model is found under the id of another', async () => {
    for (const model of MODELS) {
      const { id } = await store(model);
      for (const other of MODELS.filter((name) => name !== model))
        expect(await adapterOf(other).find(id)).toBeUndefined();
    }
  });
});

describe('findByUid and findByUserCode', () => {
  test('Session: by its uid, which is not its cookie', async () => {
    const { id, payload } = await store('Session');
    const found = await adapterOf('Session', 1).findByUid(String(payload.uid));
    expect(found).toMatchObject({ uid: payload.uid, amr: ['pwd'] });
    expect(JSON.stringify(found)).not.toContain(id);
    expect(await adapterOf('Session').findByUid('unknown')).toBeUndefined();
  });

  test('DeviceCode: by its user code, and what is found can be decided on but is not the device code', async () => {
    const { id, payload } = await store('DeviceCode');
    const found = (await adapterOf('DeviceCode', 1).findByUserCode(String(payload.userCode))) as Payload;
    expect(found).toMatchObject({ clientId, params: { scope: 'read' }, userCode: payload.userCode });
    expect(found.jti).not.toBe(id);
    await adapterOf('DeviceCode', 1).upsert(String(found.jti), { ...found, accountId, grantId }, 60);
    expect(await adapterOf('DeviceCode').find(id)).toMatchObject({ accountId, grantId });
    expect(await adapterOf('DeviceCode').findByUserCode('unknown')).toBeUndefined();
  });

  test('DeviceCode: a handle made of what is in the database is worth nothing', async () => {
    const { payload } = await store('DeviceCode');
    const found = (await adapterOf('DeviceCode').findByUserCode(String(payload.userCode))) as Payload;
    const [hash, mac] = String(found.jti).slice(1).split('.');
    for (const forged of [
      `~${hash}`,
      `~${hash}.`,
      `~${hash}.${hash}`,
      `~${hash}.${'A'.repeat(43)}`,
      `~${mac}.${mac}`,
    ]) {
      expect(await adapterOf('DeviceCode').find(forged)).toBeUndefined();
    }
  });
});

describe('expiry', () => {
  test.each(['AccessToken', 'ClientCredentials', 'Session', 'Interaction'])(
    '%s: is not found from the second it expires',
    async (model) => {
      freezeAt(new Date(Math.ceil(Date.now() / 1000) * 1000));
      const { id } = await store(model);
      freezeAt(new Date(Date.now() + 59_999));
      expect(await adapterOf(model, 1).find(id)).toBeDefined();
      freezeAt(new Date(Date.now() + 1));
      expect(await adapterOf(model, 1).find(id)).toBeUndefined();
    },
  );

  test.each(CONSUMED_ONCE)(
    '%s: is found with its exp, for the engine to say so, and cannot be consumed',
    async (model) => {
      freezeAt(new Date(Math.ceil(Date.now() / 1000) * 1000));
      const { id, payload } = await store(model);
      freezeAt(new Date(Date.now() + 60_000));
      expect(await adapterOf(model, 1).find(id)).toMatchObject({ exp: payload.exp });
      await expect(adapterOf(model, 1).consume(id)).rejects.toMatchObject({ error: 'invalid_grant' });
    },
  );

  test('a lifetime beyond every bucket made ahead is kept', async () => {
    const { id } = await store('RefreshToken', { exp: now() + 3600 * 24 * 3650 });
    expect(await adapterOf('RefreshToken', 1).find(id)).toMatchObject({ exp: now() + 3600 * 24 * 3650 });
  });
});

describe('consume', () => {
  test.each(CONSUMED_ONCE)('%s: is found as consumed from then on', async (model) => {
    const { id } = await store(model);
    expect(await adapterOf(model, 1).find(id)).not.toHaveProperty('consumed');
    await adapterOf(model).consume(id);
    const found = (await adapterOf(model, 1).find(id)) as Payload;
    expect(Math.abs(Number(found.consumed) - now())).toBeLessThan(5);
  });

  test.each(CONSUMED_ONCE)(
    `%s: of two nodes that race exactly one wins, in ${ROUNDS} rounds (R-21)`,
    async (model) => {
      for (let round = 0; round < ROUNDS; round++) {
        const { id } = await store(model);
        const results = await Promise.allSettled([0, 1].map((node) => adapterOf(model, node).consume(id)));
        const lost = results.filter((result) => result.status === 'rejected');
        expect(lost).toHaveLength(1);
        expect(lost[0]?.reason).toMatchObject({ error: 'invalid_grant' });
      }
    },
  );

  test.each(CONSUMED_ONCE)('%s: an unknown one cannot be consumed', async (model) => {
    await expect(adapterOf(model).consume('unknown')).rejects.toMatchObject({ error: 'invalid_grant' });
  });
});

describe('destroy', () => {
  test.each([
    'AccessToken',
    'ClientCredentials',
    'RefreshToken',
    'Grant',
    'DeviceCode',
    'Session',
    'Interaction',
  ])('%s: is gone on both nodes, others stay, and twice is no error', async (model) => {
    const { id } = await store(model);
    const other = await store(model);
    await adapterOf(model).destroy(id);
    await adapterOf(model, 1).destroy(id);
    await adapterOf(model).destroy('unknown');
    for (const node of [0, 1]) expect(await adapterOf(model, node).find(id)).toBeUndefined();
    expect(await adapterOf(model, 1).find(other.id)).toBeDefined();
  });

  test('AuthorizationCode: is as if used, so that a replay is still noticed', async () => {
    const { id } = await store('AuthorizationCode');
    await adapterOf('AuthorizationCode').destroy(id);
    expect(await adapterOf('AuthorizationCode', 1).find(id)).toHaveProperty('consumed');
  });
});

describe('revokeByGrantId', () => {
  test.each([...TOKENS, 'DeviceCode', 'Grant'])(
    '%s: ends the grant and every token of it, and no other grant',
    async (model) => {
      const revoked = grantId;
      const access = await store('AccessToken');
      grantId = newId();
      await adapterOf('Grant').upsert(
        grantId,
        payloadFor('Grant', grantId, { accountId, clientId, grantId }),
        60,
      );
      const other = await store('AccessToken');
      await adapterOf(model).revokeByGrantId(revoked);
      expect(await adapterOf('Grant', 1).find(revoked)).toBeUndefined();
      expect(await adapterOf('AccessToken', 1).find(access.id)).toBeUndefined();
      expect(await adapterOf('Grant', 1).find(grantId)).toBeDefined();
      expect(await adapterOf('AccessToken', 1).find(other.id)).toBeDefined();
      await adapterOf(model).revokeByGrantId('unknown');
    },
  );
});

describe('a disabled account', () => {
  test('has no access token and no session, and is given none back when it is enabled again', async () => {
    const access = await store('AccessToken');
    const session = await store('Session');
    await setAccountEnabled(nodes[0], 'alice', false);
    expect(await adapterOf('AccessToken', 1).find(access.id)).toBeUndefined();
    expect(await adapterOf('Session', 1).find(session.id)).toBeUndefined();
    await setAccountEnabled(nodes[0], 'alice', true);
    expect(await adapterOf('AccessToken', 1).find(access.id)).toBeUndefined();
    expect(await adapterOf('Session', 1).find(session.id)).toBeUndefined();
  });
});

describe('a model of a feature that is off', () => {
  test.each([
    'PushedAuthorizationRequest',
    'ReplayDetection',
    'InitialAccessToken',
    'BackchannelAuthenticationRequest',
  ])('%s: is refused by name', async (model) => {
    await expect(adapterOf(model).upsert('x', {}, 1)).rejects.toThrow(model);
    await expect(adapterOf(model).find('x')).rejects.toThrow(model);
  });
});
