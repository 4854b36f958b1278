import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { setAccountEnabled } from '../../src/accounts/set-account-enabled.js';
import { backToPresent, travel } from '../support/clock.js';
import { lastMail } from '../support/mails.js';
import {
  byPassword,
  exchange,
  introspect,
  post,
  profile,
  refresh,
  revoke,
  signInAt,
  token,
} from '../support/oauth.js';
import { createApp, createPerson, getCode, signIn, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

const GRACE = 10;

let server: TestServer;
let otherNode: TestServer;
let app: TestApplication;
let spa: TestApplication;
let stranger: TestApplication;

beforeAll(async () => {
  server = await startTestServer();
  otherNode = await startTestServer({ DATABASE_URL: server.databaseUrl });
  await createPerson(server, 'alice');
  const grantTypes = ['authorization_code', 'refresh_token', 'password'] as const;
  app = await createApp(server, { grantTypes: [...grantTypes] });
  spa = await createApp(server, { grantTypes: [...grantTypes], clientType: 'public' });
  stranger = await createApp(server, { grantTypes: [...grantTypes] });
});

afterEach(backToPresent);

afterAll(async () => {
  await otherNode.stop();
  await server.stop();
});

const refused = { status: 400, body: expect.objectContaining({ error: 'invalid_grant' }) };

async function isDead(tokens: { access_token: string; refresh_token: string }, of = app): Promise<boolean> {
  const [atNode, atOther] = [
    await profile(server, tokens.access_token),
    await profile(otherNode, tokens.access_token),
  ];
  const again = await refresh(server, of, tokens.refresh_token);
  return atNode.status === 401 && atOther.status === 401 && again.status === 400;
}

describe('rotation', () => {
  test('gives a new pair, ends the old access token at once and keeps the scope', async () => {
    const first = await byPassword(server, app, 'alice', { scope: 'groups read' });
    const answer = await refresh(server, app, first.refresh_token);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      access_token: expect.any(String),
      expires_in: 3600,
      refresh_token: expect.any(String),
      scope: 'groups read',
      token_type: 'Bearer',
    });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.body.access_token).not.toBe(first.access_token);
    expect(answer.body.refresh_token).not.toBe(first.refresh_token);
    expect((await profile(server, first.access_token)).status).toBe(401);
    expect((await profile(otherNode, first.access_token)).status).toBe(401);
    expect((await profile(server, answer.body.access_token)).status).toBe(200);
  });

  test('works for a public client, whose used token is refused after the grace period (RF-01)', async () => {
    const first = await byPassword(server, spa, 'alice');
    expect((await refresh(server, spa, first.refresh_token)).status).toBe(200);
    travel(GRACE + 1);
    expect(await refresh(server, spa, first.refresh_token)).toMatchObject(refused);
  });

  test('works after the access token has expired or was revoked', async () => {
    const first = await byPassword(server, app, 'alice');
    travel(3601);
    const second = (await refresh(server, app, first.refresh_token)).body;
    expect((await revoke(server, app, second.access_token)).status).toBe(200);
    expect((await profile(server, second.access_token)).status).toBe(401);
    expect((await refresh(server, app, second.refresh_token)).status).toBe(200);
  });
});

describe('reuse', () => {
  test('after the grace period ends the family on every node and is recorded (RF-02)', async () => {
    const first = await byPassword(server, app, 'alice');
    const second = (await refresh(server, app, first.refresh_token)).body;
    const count = () =>
      server.database
        .knex('audit_events')
        .where({ event: 'refresh.reuse_detected', client_id: app.clientId });
    const before = (await count()).length;
    travel(GRACE + 1);
    expect(await refresh(server, app, first.refresh_token)).toMatchObject(refused);
    expect(await isDead(second)).toBe(true);
    expect((await introspect(server, app, second.access_token)).body).toEqual({ active: false });
    expect(await count()).toHaveLength(before + 1);
    const { subject, text } = await lastMail(server, 'alice@example.com');
    expect(subject).toBe('An application was signed out of your account');
    expect(text).toContain(app.name);
  });

  test.each(['attacker', 'victim'])(
    'when the %s refreshes first, in the end neither holds a live token (RF-03)',
    async () => {
      const stolen = await byPassword(server, app, 'alice');
      const first = (await refresh(server, app, stolen.refresh_token)).body;
      travel(60);
      expect(await refresh(otherNode, app, stolen.refresh_token)).toMatchObject(refused);
      expect(await isDead(first)).toBe(true);
      expect(await isDead(stolen)).toBe(true);
    },
  );

  test('inside the grace period but after the successor was used is theft as well', async () => {
    const first = await byPassword(server, app, 'alice');
    const second = (await refresh(server, app, first.refresh_token)).body;
    const third = (await refresh(server, app, second.refresh_token)).body;
    expect(await refresh(server, app, first.refresh_token)).toMatchObject(refused);
    expect(await isDead(third)).toBe(true);
  });

  // Guards against a used token that was answered by invalid_scope: it exists, and nobody was warned.
  test('with a scope that was never granted is theft all the same', async () => {
    const first = await byPassword(server, app, 'alice');
    const second = (await refresh(server, app, first.refresh_token)).body;
    const third = (await refresh(server, app, second.refresh_token)).body;
    const asked = { grant_type: 'refresh_token', refresh_token: first.refresh_token, scope: 'email' };
    expect(await token(server, app, asked)).toMatchObject(refused);
    expect(await isDead(third)).toBe(true);
  });

  test("of one sign-in leaves the person's other sign-ins alone", async () => {
    const one = await byPassword(server, app, 'alice');
    const other = await byPassword(server, app, 'alice');
    await refresh(server, app, one.refresh_token);
    travel(GRACE + 1);
    await refresh(server, app, one.refresh_token);
    expect((await profile(server, other.access_token)).status).toBe(200);
    expect((await refresh(server, app, other.refresh_token)).status).toBe(200);
  });
});

describe('a refresh that is refused leaves the token as it was', () => {
  test("another application's credentials: invalid_grant; none: invalid_client (RF-07)", async () => {
    const { refresh_token, access_token } = await byPassword(server, app, 'alice');
    expect(await refresh(server, stranger, refresh_token)).toMatchObject(refused);
    const bare = await post(server, '/o/token', {
      grant_type: 'refresh_token',
      refresh_token,
      client_id: app.clientId,
    });
    expect(bare).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    expect((await profile(server, access_token)).status).toBe(200);
    expect((await refresh(server, app, refresh_token)).status).toBe(200);
  });

  test("nor does a stranger's use of a token already used harm its family", async () => {
    const { refresh_token } = await byPassword(server, app, 'alice');
    const next = (await refresh(server, app, refresh_token)).body;
    travel(GRACE + 1);
    expect(await refresh(server, stranger, refresh_token)).toMatchObject(refused);
    expect((await profile(server, next.access_token)).status).toBe(200);
  });

  test('a wider or unknown scope is invalid_scope; a narrower one narrows this access token only (RF-08)', async () => {
    const first = await byPassword(server, app, 'alice', { scope: 'read groups' });
    for (const scope of ['read groups write', 'read nope', '', ' ']) {
      const answer = await refresh(server, app, first.refresh_token, { scope });
      expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_scope' } });
    }
    expect((await profile(server, first.access_token)).status).toBe(200);
    const narrow = (await refresh(server, app, first.refresh_token, { scope: 'groups' })).body;
    expect(narrow.scope).toBe('groups');
    expect((await profile(server, narrow.access_token)).status).toBe(403);
    const wide = (await refresh(server, app, narrow.refresh_token)).body;
    expect(wide.scope).toBe('read groups');
    expect((await profile(server, wide.access_token)).status).toBe(200);
  });

  test('offline_access, which was asked for and not granted, may be named all the same, as Authlib does', async () => {
    const browser = await signIn(server, 'alice');
    const scope = 'openid offline_access';
    const first = await signInAt(server, browser, app, { scope });
    expect(first.scope).toBe('openid');
    const next = await refresh(server, app, first.refresh_token, { scope });
    expect(next).toMatchObject({ status: 200, body: { scope: 'openid' } });
    const wider = await refresh(server, app, next.body.refresh_token, { scope: `${scope} email` });
    expect(wider).toMatchObject({ status: 400, body: { error: 'invalid_scope' } });
  });

  test('no token at all: invalid_request by name', async () => {
    const answer = await token(server, app, { grant_type: 'refresh_token' });
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    expect(answer.body.error_description).toMatch(/refresh_token/);
  });
});

describe('people', () => {
  test('who are disabled take their tokens with them for good (RF-10)', async () => {
    await createPerson(server, 'carol');
    const tokens = await byPassword(server, app, 'carol');
    await setAccountEnabled(server.database, 'carol', false);
    expect(await isDead(tokens)).toBe(true);
    expect((await introspect(server, app, tokens.access_token)).body).toEqual({ active: false });
    await setAccountEnabled(server.database, 'carol', true);
    expect(await isDead(tokens)).toBe(true);
  });

  test('who are deleted take their tokens with them (RF-10)', async () => {
    await createPerson(server, 'dora');
    const tokens = await byPassword(server, app, 'dora');
    await server.database.knex('accounts').where({ username: 'dora' }).delete();
    expect(await isDead(tokens)).toBe(true);
  });
});

test('what a person takes back on the page of authorized apps is dead on both nodes within a second (RF-09)', async () => {
  const web = await createApp(server);
  const browser = await signIn(server, 'alice');
  const tokens = await signInAt(server, browser, web);
  expect((await profile(otherNode, tokens.access_token)).status).toBe(200);
  await browser.submit(await browser.open(`/o/authorized_tokens/${web.id}/delete`), {}, '/delete');
  travel(1);
  expect(await isDead(tokens, web)).toBe(true);
});

describe('a token is only what it is (RF-14)', () => {
  test('an access token, a code and a client credentials token are no refresh tokens; a refresh token opens no /profile', async () => {
    const { access_token, refresh_token } = await byPassword(server, app, 'alice');
    const code = await getCode(await signIn(server, 'alice'), app);
    for (const wrong of [access_token, code, 'nonsense'])
      expect(await refresh(server, app, wrong)).toMatchObject(refused);
    expect((await profile(server, refresh_token)).status).toBe(401);
    expect((await profile(server, code)).status).toBe(401);
    expect(await exchange(server, app, refresh_token)).toMatchObject(refused);
    expect((await profile(server, access_token)).status).toBe(200);
    expect((await exchange(server, app, code)).status).toBe(200);
    expect((await refresh(server, app, refresh_token)).status).toBe(200);
  });

  test('an application without the refresh grant is given no refresh token, and may use none (RF-16)', async () => {
    const plain = await createApp(server, {
      grantTypes: ['authorization_code', 'password'],
      skipConsent: true,
    });
    expect(await byPassword(server, plain, 'alice')).not.toHaveProperty('refresh_token');
    const answer = await exchange(server, plain, await getCode(await signIn(server, 'alice'), plain));
    expect(answer.status).toBe(200);
    expect(answer.body).not.toHaveProperty('refresh_token');
    expect(await refresh(server, plain, 'anything')).toMatchObject({
      status: 400,
      body: { error: 'unauthorized_client' },
    });
  });
});
