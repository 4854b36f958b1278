/**
 * What the experiments of test/reliability have found, each at the statement where it went wrong: an error of the
 * database leaves all of a request or nothing, is told as 503, and costs no connection.
 */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { hashToken } from '../../src/secrets/token-hash.js';
import { type DatabaseProxy, startDatabaseProxy } from '../reliability/database-proxy.js';
import { type Browser, newBrowser } from '../support/browser.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { introspect, profile, refresh, revoke, signInAt, token } from '../support/oauth.js';
import {
  authorizeUrl,
  createApp,
  createPerson,
  PASSWORD,
  signIn,
  type TestApplication,
} from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

let database: TestDatabase;
let proxy: DatabaseProxy;
let server: TestServer;
let alice: Browser;
let app: TestApplication;

beforeAll(async () => {
  database = await createTestDatabase();
  proxy = await startDatabaseProxy(database.url);
  // One connection, so that the next request meets what the last one has left.
  server = await startTestServer({ DATABASE_URL: proxy.url, DATABASE_POOL_SIZE: '1' });
  await createPerson(server, 'alice');
  alice = await signIn(server, 'alice');
  app = await createApp(server, {
    grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
  });
});
afterEach(() => {
  proxy.mend();
  proxy.endFault();
});
afterAll(async () => {
  await server.stop();
  await proxy.stop();
  await database.drop();
});

const countEvents = async (event: string): Promise<number> =>
  (await server.database.knex('audit_events').where({ event })).length;

/** Sends the request with a fault at each of its statements in turn, until none falls on it any more. */
async function breakEverywhere(
  prepare: () => Promise<{ send(): Promise<{ status: number }>; check(): Promise<void> }>,
): Promise<number> {
  for (const when of ['before', 'after'] as const) {
    for (let statement = 1; ; statement++) {
      const { send, check } = await prepare();
      proxy.breakAt({ statement, when });
      const { status } = await send();
      if (proxy.endFault() === undefined) {
        if (when === 'after') return statement - 1;
        break;
      }
      expect(status).toBe(503);
      await check();
    }
  }
  return 0;
}

// The token went first and its grant later: when the second failed, trying again was answered by 200 for a token that is
// not known, while the access token lived on. And what was revoked could lack its audit event.
test.each(['access_token', 'refresh_token'] as const)(
  'a revoked %s and its audit event are there together, and trying again completes them',
  async (kind) => {
    const statements = await breakEverywhere(async () => {
      const tokens = await signInAt(server, alice, app, { scope: 'read' });
      const before = await countEvents('token.revoked');
      return {
        send: () => revoke(server, app, tokens[kind]),
        async check() {
          const { active } = (await introspect(server, app, tokens.access_token)).body;
          expect((await countEvents('token.revoked')) - before).toBe(active ? 0 : 1);
          expect((await revoke(server, app, tokens[kind])).status).toBe(200);
          expect((await profile(server, tokens.access_token)).status).toBe(401);
          expect((await countEvents('token.revoked')) - before).toBe(1);
        },
      };
    });
    expect(statements).toBeGreaterThan(4);
  },
);

// The process that had just answered for the access token went on doing so until its second was over.
test('a refresh whose answer was lost has ended the access token before it', async () => {
  await breakEverywhere(async () => {
    const tokens = await signInAt(server, alice, app, { scope: 'read' });
    expect((await profile(server, tokens.access_token)).status).toBe(200);
    return {
      send: () => refresh(server, app, tokens.refresh_token),
      async check() {
        const [row] = await server.database
          .knex('refresh_tokens')
          .where({ token_hash: hashToken(tokens.refresh_token) });
        expect((await profile(server, tokens.access_token)).status).toBe(row.consumed_at ? 401 : 200);
      },
    };
  });
});

test('a sign-out and its audit event are there together', async () => {
  await breakEverywhere(async () => {
    const browser = await signIn(server, 'alice');
    const page = await browser.open('/account');
    const before = await countEvents('logout');
    return {
      send: () => browser.submit(page, {}, '/logout'),
      async check() {
        const isSignedIn = (await browser.request('/account')).status === 200;
        expect((await countEvents('logout')) - before).toBe(isSignedIn ? 0 : 1);
      },
    };
  });
});

// The engine had written its redirect already when the session could not be saved: a 503 with a code in its Location.
test('an error has no Location with a code in it', async () => {
  await breakEverywhere(async () => {
    const own = await createApp(server);
    const page = await alice.open(authorizeUrl(own, { scope: 'read' }));
    return {
      async send() {
        const form = page.html.querySelector('form[action$="/consent"]')!;
        const body = new URLSearchParams({ allow: 'yes' });
        for (const input of form.querySelectorAll('input'))
          body.append(input.getAttribute('name') ?? '', input.getAttribute('value') ?? '');
        let step = await alice.request(form.getAttribute('action')!, { method: 'POST', body });
        while (step.status === 303 && step.location?.startsWith(server.url))
          step = await alice.request(step.location);
        if (step.status === 503) expect(step.location).toBeUndefined();
        return step;
      },
      check: async () => {},
    };
  });
});

// The pool handed out again a connection whose answer had not come, and every request waited behind the lost one.
test('a connection that has fallen silent costs one request, in less than ten seconds, and not the next', async () => {
  const browser = newBrowser(server.url);
  const form = await browser.open('/login');
  proxy.swallow();
  const begun = Date.now();
  const silent = await browser.submit(form, { username: 'alice', password: PASSWORD });
  expect(silent.status).toBe(503);
  expect(silent.headers.get('retry-after')).not.toBeNull();
  expect(Date.now() - begun).toBeLessThan(10_000);
  proxy.mend();
  expect((await browser.submit(form, { username: 'alice', password: PASSWORD })).status).toBe(200);
});

test.each([
  ['a full disk', '53100'],
  ['a statement that takes too long', '57014'],
])('%s is told as 503 with Retry-After', async (_name, code) => {
  const { knex } = server.database;
  await knex.raw(`CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'not now' USING ERRCODE = '${code}'; END $$`);
  await knex.raw(
    'CREATE TRIGGER refuse BEFORE INSERT ON access_tokens FOR EACH ROW EXECUTE FUNCTION refuse()',
  );
  const answer = await token(server, app, { grant_type: 'client_credentials' });
  await knex.raw('DROP TRIGGER refuse ON access_tokens');
  expect(answer.status).toBe(503);
  expect(answer.headers.get('retry-after')).not.toBeNull();
  expect((await token(server, app, { grant_type: 'client_credentials' })).status).toBe(200);
});
