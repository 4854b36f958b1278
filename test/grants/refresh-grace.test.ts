import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { backToPresent, freezeAt, travel } from '../support/clock.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { byPassword, profile, refresh } from '../support/oauth.js';
import { createApp, createPerson, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

const GRANTS = ['refresh_token', 'password'] as const;

let server: TestServer;
let otherNode: TestServer;
let app: TestApplication;

beforeAll(async () => {
  server = await startTestServer();
  otherNode = await startTestServer({ DATABASE_URL: server.databaseUrl });
  await createPerson(server, 'alice');
  app = await createApp(server, { grantTypes: [...GRANTS] });
});

afterEach(backToPresent);

afterAll(async () => {
  await otherNode.stop();
  await server.stop();
});

const refused = { status: 400, body: expect.objectContaining({ error: 'invalid_grant' }) };

const countFamily = async (table: string) => {
  const [row] = await server.database.knex(table).count({ count: '*' });
  return Number(row?.count);
};

describe('the grace period of a refresh token', () => {
  test('gives the same answer again, to the letter, and only until it is over', async () => {
    freezeAt(new Date());
    const { refresh_token } = await byPassword(server, app, 'alice');
    const first = await refresh(server, app, refresh_token);
    const again = await refresh(otherNode, app, refresh_token);
    expect(again.status).toBe(200);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('cache-control')).toBe('no-store');
    freezeAt(new Date(Date.now() + 10_000));
    expect((await refresh(server, app, refresh_token)).body).toEqual(first.body);
    expect((await profile(server, first.body.access_token)).status).toBe(200);
    freezeAt(new Date(Date.now() + 1));
    expect(await refresh(server, app, refresh_token)).toMatchObject(refused);
    expect((await profile(server, first.body.access_token)).status).toBe(401);
  });

  test('survives two tabs, one on each node, 100 times over, without a sign-out (RF-04, R-22)', async () => {
    let { refresh_token } = await byPassword(server, app, 'alice');
    for (let round = 0; round < 100; round++) {
      const [one, other] = await Promise.all([
        refresh(server, app, refresh_token),
        refresh(otherNode, app, refresh_token),
      ]);
      expect([one.status, other.status]).toEqual([200, 200]);
      expect(other.body).toEqual(one.body);
      refresh_token = one.body.refresh_token;
    }
    const grants = await server.database
      .knex('refresh_tokens')
      .distinct('grant_id')
      .where({ client_id: app.clientId });
    expect(grants).toHaveLength(2);
  });

  test('gives 50 at once on two nodes one and the same successor', async () => {
    const { refresh_token } = await byPassword(server, app, 'alice');
    const before = [await countFamily('access_tokens'), await countFamily('refresh_tokens')];
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => refresh(i % 2 ? otherNode : server, app, refresh_token)),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200));
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    // One access token came and the one before it went.
    expect([await countFamily('access_tokens'), await countFamily('refresh_tokens')]).toEqual([
      before[0],
      before[1]! + 1,
    ]);
    expect((await profile(server, answers[0]?.body.access_token)).status).toBe(200);
    expect((await refresh(server, app, answers[0]?.body.refresh_token)).status).toBe(200);
  });

  test('of 0 seconds makes a second use theft at once', async () => {
    const strict = await createApp(server, { grantTypes: [...GRANTS], refreshGracePeriod: 0 });
    const { refresh_token } = await byPassword(server, strict, 'alice');
    const next = (await refresh(server, strict, refresh_token)).body;
    travel(1);
    expect(await refresh(server, strict, refresh_token)).toMatchObject(refused);
    expect((await profile(server, next.access_token)).status).toBe(401);
  });

  test('of 0 seconds still lets exactly one of two at the same moment win', async () => {
    const strict = await createApp(server, { grantTypes: [...GRANTS], refreshGracePeriod: 0 });
    const { refresh_token } = await byPassword(server, strict, 'alice');
    const answers = await Promise.all([
      refresh(server, strict, refresh_token),
      refresh(otherNode, strict, refresh_token),
    ]);
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(1);
    expect(answers.every(({ status }) => [200, 400].includes(status))).toBe(true);
    expect(
      new Set(answers.filter(({ status }) => status === 200).map(({ body }) => body.access_token)).size,
    ).toBe(1);
  });

  test('does not bring back what was revoked meanwhile', async () => {
    const { refresh_token } = await byPassword(server, app, 'alice');
    await refresh(server, app, refresh_token);
    await server.database.knex('grants').where({ client_id: app.clientId }).delete();
    expect(await refresh(server, app, refresh_token)).toMatchObject(refused);
  });
});

// Guards a sign-out of somebody who did nothing wrong: the answer of a refresh was lost in a crash that lasted for longer
// than the grace.
describe('time in which nobody could reach the server', () => {
  let own: TestDatabase;
  let node: TestServer;
  let client: TestApplication;

  const start = async () => {
    node = await startTestServer({ DATABASE_URL: own.url });
  };
  /** The server is down for so long. */
  const restartAfter = async (seconds: number) => {
    await node.stop();
    travel(seconds);
    await start();
  };

  beforeEach(async () => {
    own = await createTestDatabase();
    await start();
    await createPerson(node, 'alice');
    client = await createApp(node, { grantTypes: [...GRANTS] });
  });

  afterEach(async () => {
    await node.stop();
    await own.drop();
  });

  test('does not count into the grace: whoever asks right after it gets the answer that was lost, and goes on', async () => {
    const { refresh_token } = await byPassword(node, client, 'alice');
    const lost = await refresh(node, client, refresh_token);
    await restartAfter(60);
    const again = await refresh(node, client, refresh_token);
    expect([again.status, again.body]).toEqual([200, lost.body]);
    expect((await profile(node, again.body.access_token)).status).toBe(200);
    expect((await refresh(node, client, again.body.refresh_token)).status).toBe(200);
  });

  test('is all that does not count: after it the grace goes on, and ends', async () => {
    const { refresh_token } = await byPassword(node, client, 'alice');
    const { body } = await refresh(node, client, refresh_token);
    await restartAfter(60);
    travel(11);
    expect(await refresh(node, client, refresh_token)).toMatchObject(refused);
    expect((await profile(node, body.access_token)).status).toBe(401);
  });

  test('saves nobody who comes after the successor was used (RF-03)', async () => {
    const { refresh_token } = await byPassword(node, client, 'alice');
    const { body } = await refresh(node, client, refresh_token);
    await restartAfter(60);
    const next = (await refresh(node, client, body.refresh_token)).body;
    expect(await refresh(node, client, refresh_token)).toMatchObject(refused);
    expect(await refresh(node, client, next.refresh_token)).toMatchObject(refused);
    expect((await profile(node, next.access_token)).status).toBe(401);
  });

  test('does not give a grace to an application that wants none', async () => {
    const strict = await createApp(node, { grantTypes: [...GRANTS], refreshGracePeriod: 0 });
    const { refresh_token } = await byPassword(node, strict, 'alice');
    await refresh(node, strict, refresh_token);
    await restartAfter(60);
    expect(await refresh(node, strict, refresh_token)).toMatchObject(refused);
  });
});
