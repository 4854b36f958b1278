import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { newBrowser } from '../support/browser.js';
import { backToPresent, travel } from '../support/clock.js';
import { byPassword, exchange, refresh, token } from '../support/oauth.js';
import {
  allow,
  authorizeUrl,
  createApp,
  createPerson,
  getCode,
  PASSWORD,
  signIn,
  type TestApplication,
} from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { eventsOf, fromRequest } from './events-of.js';

let server: TestServer;
let app: TestApplication;
let aliceId: number;

beforeAll(async () => {
  server = await startTestServer();
  aliceId = (await createPerson(server, 'alice')).id;
  app = await createApp(server, { grantTypes: ['authorization_code', 'refresh_token', 'password'] });
});

afterEach(backToPresent);
afterAll(() => server.stop());

describe('each event has who, where, when and the request it came from, once (DA-07)', () => {
  test('signing in, by the page and by the password grant', async () => {
    const byPage = await eventsOf(server, () => signIn(server, 'alice'));
    expect(byPage).toEqual([
      expect.objectContaining({
        event: 'login.succeeded',
        account_id: aliceId,
        client_id: null,
        ...fromRequest,
      }),
    ]);
    const byGrant = await eventsOf(server, () => byPassword(server, app, 'alice'));
    expect(byGrant).toEqual([
      expect.objectContaining({
        event: 'login.succeeded',
        account_id: aliceId,
        client_id: app.clientId,
        ...fromRequest,
      }),
    ]);
  });

  test('failing to: wrong password, unknown user; then being throttled', async () => {
    const attempt = (username: string) =>
      token(server, app, { grant_type: 'password', username, password: 'wrong' });
    const wrong = await eventsOf(server, () => attempt('alice'));
    expect(wrong).toEqual([
      expect.objectContaining({
        event: 'login.failed',
        account_id: aliceId,
        details: { reason: 'wrong_password' },
        ...fromRequest,
      }),
    ]);
    const unknown = await eventsOf(server, () => attempt('hunter2'));
    expect(unknown).toEqual([
      expect.objectContaining({
        event: 'login.failed',
        account_id: null,
        details: { reason: 'unknown_user' },
        ...fromRequest,
      }),
    ]);
    // What was typed as a username may be a password.
    expect(JSON.stringify(unknown)).not.toContain('hunter2');
    const many = await eventsOf(server, async () => {
      for (let i = 0; i < 10; i++) await attempt('alice');
    });
    expect(many.at(-1)).toMatchObject({ event: 'login.throttled', account_id: aliceId, ...fromRequest });
    await server.database.knex('throttles').delete();
  });

  test('consent given and denied, taken back, and signing out', async () => {
    const browser = await signIn(server, 'alice');
    const given = await eventsOf(server, () => allow(browser, app, { scope: 'read' }));
    expect(given).toEqual([
      expect.objectContaining({
        event: 'consent.given',
        account_id: aliceId,
        client_id: app.clientId,
        details: { scopes: ['read'], rejected: [] },
        ...fromRequest,
      }),
    ]);
    const denied = await eventsOf(server, async () =>
      browser.submit(await browser.open(authorizeUrl(app, { scope: 'write' })), {}, '/deny'),
    );
    expect(denied).toEqual([
      expect.objectContaining({
        event: 'consent.denied',
        account_id: aliceId,
        client_id: app.clientId,
        ...fromRequest,
      }),
    ]);
    const revoked = await eventsOf(server, async () => {
      const page = await browser.open(`/o/authorized_tokens/${app.id}/delete`);
      await browser.submit(page, {}, '/delete');
    });
    expect(revoked).toEqual([
      expect.objectContaining({
        event: 'consent.revoked',
        account_id: aliceId,
        client_id: app.clientId,
        ...fromRequest,
      }),
    ]);
    const out = await eventsOf(server, async () =>
      browser.submit(await browser.open('/account'), {}, '/logout'),
    );
    expect(out).toEqual([expect.objectContaining({ event: 'logout', account_id: aliceId, ...fromRequest })]);
  });

  // Guards against the sign-out that an application asks for, which goes through the engine and left no trace.
  test('signing out by way of the engine', async () => {
    const elsewhere = await signIn(server, 'alice');
    const out = await eventsOf(server, async () =>
      elsewhere.submit(await elsewhere.open('/o/logout'), {}, '/o/logout/confirm'),
    );
    expect(out).toEqual([expect.objectContaining({ event: 'logout', account_id: aliceId, ...fromRequest })]);
  });

  test('a code used twice and a refresh token used again', async () => {
    const skipping = await createApp(server, {
      grantTypes: ['authorization_code', 'refresh_token', 'password'],
      skipConsent: true,
    });
    const code = await getCode(await signIn(server, 'alice'), skipping);
    await exchange(server, skipping, code);
    const replayed = await eventsOf(server, () => exchange(server, skipping, code));
    expect(replayed).toEqual([
      expect.objectContaining({
        event: 'code.replayed',
        account_id: aliceId,
        client_id: skipping.clientId,
        ...fromRequest,
      }),
    ]);
    const { refresh_token } = await byPassword(server, skipping, 'alice');
    await refresh(server, skipping, refresh_token);
    travel(60);
    const reused = await eventsOf(server, () => refresh(server, skipping, refresh_token));
    expect(reused).toEqual([
      expect.objectContaining({
        event: 'refresh.reuse_detected',
        account_id: aliceId,
        client_id: skipping.clientId,
        ...fromRequest,
      }),
    ]);
  });

  test("signing up, and changing one's profile and password", async () => {
    const browser = newBrowser(server.url);
    const signedUp = await eventsOf(server, async () =>
      browser.submit(await browser.open('/signup'), {
        username: 'newcomer',
        email: 'n@example.com',
        password: PASSWORD,
      }),
    );
    const [{ id }] = await server.database.knex('accounts').where({ username: 'newcomer' });
    expect(signedUp).toContainEqual(
      expect.objectContaining({ event: 'signup', account_id: id, ...fromRequest }),
    );
    const edited = await eventsOf(server, async () =>
      browser.submit(await browser.open('/account/edit'), { first_name: 'New' }),
    );
    expect(edited).toEqual([
      expect.objectContaining({ event: 'profile.changed', account_id: id, ...fromRequest }),
    ]);
    const change = { current_password: PASSWORD, new_password: 'quite another battery staple' };
    const changed = await eventsOf(server, async () =>
      browser.submit(await browser.open('/account/password'), change),
    );
    expect(changed).toEqual([
      expect.objectContaining({ event: 'password.changed', account_id: id, ...fromRequest }),
    ]);
    expect(JSON.stringify([signedUp, edited, changed])).not.toMatch(/battery staple/);
  });

  test('the keys made at the first start', async () => {
    const made = await server.database.knex('audit_events').where({ event: 'key.created' });
    expect(made.map(({ details }) => details.alg).sort()).toEqual(['ES256', 'RS256']);
  });
});

test('the request id of an event is the one the reader was shown', async () => {
  const response = await fetch(`${server.url}/o/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'password',
      username: 'alice',
      password: 'wrong',
      client_id: 'unknown',
      client_secret: 'x',
    }),
  });
  expect(response.headers.get('x-request-id')).toBeTruthy();
  const answers = await eventsOf(server, async () => {
    const answer = await token(server, await createApp(server, { grantTypes: ['password'] }), {
      grant_type: 'password',
      username: 'alice',
      password: 'wrong',
    });
    expect(answer.status).toBe(400);
    const shown = answer.headers.get('x-request-id');
    expect(
      await server.database.knex('audit_events').where({ event: 'login.failed', request_id: shown }),
    ).toHaveLength(1);
    expect(server.logged()).toContain(`"requestId":"${shown}"`);
  });
  expect(answers.map(({ event }) => event)).toEqual(['application.created', 'login.failed']);
});

test('nothing that was refused before anybody was asked leaves an event', async () => {
  const nothing = await eventsOf(server, async () => {
    await fetch(server.url + authorizeUrl(app, { redirect_uri: 'https://evil.test/cb' }));
    await exchange(server, app, 'unknown');
    await refresh(server, app, 'unknown');
  });
  expect(nothing).toEqual([]);
});
