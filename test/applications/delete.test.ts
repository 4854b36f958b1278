import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from '../support/browser.js';
import { backToPresent, travel } from '../support/clock.js';
import { lastMail } from '../support/mails.js';
import { exchange, introspect, profile, refresh, signInAt, token } from '../support/oauth.js';
import {
  authorizeUrl,
  createApp,
  createPerson,
  getCode,
  signIn,
  type TestApplication,
} from '../support/people.js';
import { postTo } from '../support/portal.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { snapshot } from '../support/snapshot.js';

let server: TestServer;
let secondNode: TestServer;
let alice: Browser;
let root: Browser;
let aliceId: number;
let watcher: TestApplication;

beforeAll(async () => {
  server = await startTestServer();
  secondNode = await startTestServer({ DATABASE_URL: server.databaseUrl });
  ({ id: aliceId } = await createPerson(server, 'alice'));
  await createPerson(server, 'root', { isSuperuser: true });
  alice = await signIn(server, 'alice');
  root = await signIn(server, 'root');
  watcher = await createApp(server, { name: 'Watcher', introspectAny: true });
});

afterEach(backToPresent);

afterAll(async () => {
  await secondNode.stop();
  await server.stop();
});

const GRANTS = {
  grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'] as TestApplication['grantTypes'],
};

/** An application with everything that it can hold: tokens, a code, a consent, a token of its own. */
async function busyApp() {
  const app = await createApp(server, { ...GRANTS, name: 'Busy' }, aliceId);
  const tokens = await signInAt(server, alice, app, { scope: 'read' });
  const own = await token(server, app, { grant_type: 'client_credentials' });
  const code = await getCode(alice, app, { scope: 'read' });
  return {
    app,
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token,
    ownToken: own.body.access_token as string,
    code,
  };
}

type Busy = Awaited<ReturnType<typeof busyApp>>;

/** Which of its tokens are still taken, on either node. */
async function liveTokens({ accessToken, ownToken }: Busy) {
  const live: string[] = [];
  for (const node of [server, secondNode]) {
    if ((await profile(node, accessToken)).status === 200) live.push('profile');
    if ((await introspect(node, watcher, accessToken)).body.active) live.push('access token');
    if ((await introspect(node, watcher, ownToken)).body.active) live.push('own token');
  }
  return live;
}

/** What it can still do, on either node. */
async function stillWorks({ app, refreshToken, code }: Busy) {
  const works: string[] = [];
  for (const node of [server, secondNode]) {
    if ((await token(node, app, { grant_type: 'client_credentials' })).status === 200) works.push('secret');
    const page = await alice.request(node.url + authorizeUrl(app, { scope: 'read' }));
    if (page.location?.includes('code=')) works.push('authorization');
    if ((await refresh(node, app, refreshToken)).status === 200) works.push('refresh token');
    if ((await exchange(node, app, code)).status === 200) works.push('code');
  }
  return works;
}

/** Every node takes a change up within a second (src/engine/clients.ts). */
const aSecondLater = () => travel(1);

test('everything of a busy application works to begin with', async () => {
  const busy = await busyApp();
  expect(await liveTokens(busy)).toEqual([
    'profile',
    'access token',
    'own token',
    'profile',
    'access token',
    'own token',
  ]);
  expect(new Set(await stillWorks(busy))).toEqual(
    new Set(['secret', 'authorization', 'refresh token', 'code']),
  );
});

describe('deleting an application (DP-10)', () => {
  test('is asked about first; then its tokens are dead at once, and its secrets and codes within a second, on every node', async () => {
    const busy = await busyApp();
    const path = `/applications/${busy.app.id}`;
    const page = await alice.open(`${path}/delete`);
    expect(page.html.querySelector('h1')?.text).toBe('Delete the application?');
    const list = await alice.submit(page, {}, '/delete');
    expect([list.url, list.text.includes(busy.app.clientId)]).toEqual([`${server.url}/applications`, false]);

    expect(await liveTokens(busy)).toEqual([]);
    aSecondLater();
    expect(await stillWorks(busy)).toEqual([]);
    expect((await alice.open(path)).status).toBe(404);
    expect((await alice.open('/o/authorized_tokens')).text).not.toContain(`/${busy.app.id}/delete`);
    for (const table of ['client_secrets', 'consents', 'applications']) {
      const rows = (await snapshot(server))[table]!.filter((row) => row.includes(busy.app.clientId));
      expect([table, rows]).toEqual([table, []]);
    }
    const [event] = await server.database.knex('audit_events').where({ event: 'application.deleted' });
    expect(event).toMatchObject({
      client_id: busy.app.clientId,
      account_id: aliceId,
      details: { name: 'Busy' },
    });
  });

  test('never happens by a link (DP-11)', async () => {
    const app = await createApp(server, GRANTS, aliceId);
    const before = await snapshot(server);
    for (const path of [
      `/applications/${app.id}/delete`,
      `/o/applications/${app.id}/delete/`,
      `/applications/${app.id}/delete?confirm=yes`,
    ]) {
      expect((await alice.open(path)).status).toBe(200);
      expect((await alice.request(path, { method: 'HEAD' })).status).toBe(200);
    }
    for (const method of ['DELETE', 'PUT', 'PATCH']) {
      const answer = await alice.request(`/applications/${app.id}`, { method });
      expect([method, answer.status >= 400]).toEqual([method, true]);
    }
    expect(await snapshot(server)).toEqual(before);
  });

  test('a second time, from another tab, is a 404', async () => {
    const app = await createApp(server, GRANTS, aliceId);
    const answers = await Promise.all([1, 2, 3].map(() => postTo(alice, `/applications/${app.id}/delete`)));
    expect(answers.map((answer) => answer.status).sort()).toEqual([303, 404, 404]);
  });
});

describe('disabling an application (TK-22)', () => {
  test('by a superuser stops it on every node, its owner is told, and enabling brings it back', async () => {
    const busy = await busyApp();
    const path = `/applications/${busy.app.id}`;
    const reason = 'It asks for passwords';
    const page = await root.submit(await root.open(`${path}/disable`), { reason }, '/disable');
    expect(page.html.querySelector('h1 + p')?.text).toContain('disabled');
    expect(await liveTokens(busy)).toEqual([]);
    aSecondLater();
    expect(await stillWorks(busy)).toEqual([]);
    const told = (await alice.open(path)).html.querySelector('.notice-warning')?.text;
    expect(told).toContain('An administrator has disabled this application.');
    expect(told).toContain('The reason given: It asks for passwords');
    const mail = await lastMail(server, 'alice@example.com');
    expect([mail.subject, mail.text.includes(reason)]).toEqual([`${busy.app.name} was disabled`, true]);

    await root.submit(await root.open(path), {}, '/enable');
    expect((await lastMail(server, 'alice@example.com')).subject).toBe(`${busy.app.name} is enabled again`);
    expect(await liveTokens(busy)).toContain('profile');
    expect(await stillWorks(busy)).toEqual(
      expect.arrayContaining(['secret', 'authorization', 'refresh token']),
    );
  });

  test('takes a reason, since the owner has to be told one', async () => {
    const app = await createApp(server, GRANTS, aliceId);
    const page = await postTo(root, `/applications/${app.id}/disable`, { reason: ' ' });
    expect([page.status, page.html.querySelector('#reason-error')?.text]).toEqual([
      422,
      'The reason is missing.',
    ]);
    const row = await server.database.knex('applications').where({ id: app.id }).first('disabled_at');
    expect(row.disabled_at).toBeNull();
  });

  test('is undone by nobody but a superuser', async () => {
    const app = await createApp(server, GRANTS, aliceId);
    await postTo(root, `/applications/${app.id}/disable`, { reason: 'A reason' });
    expect((await postTo(alice, `/applications/${app.id}/enable`)).status).toBe(404);
    await alice.submit(await alice.open(`/applications/${app.id}/update`), { name: 'Renamed' }, '/update');
    const [{ name, disabled_at: disabledAt }] = await server.database
      .knex('applications')
      .where({ id: app.id });
    expect([name, disabledAt instanceof Date]).toEqual(['Renamed', true]);
  });
});

describe('changing an application', () => {
  test('counts within a second on every node: a redirect URI that was taken out is refused (R-25)', async () => {
    const app = await createApp(
      server,
      { ...GRANTS, redirectUris: ['https://c1.test/cb', 'https://c1.test/old'] },
      aliceId,
    );
    const url = authorizeUrl(app, { redirect_uri: 'https://c1.test/old' });
    expect((await alice.open(url)).status).toBe(200);
    await alice.submit(
      await alice.open(`/applications/${app.id}/update`),
      { redirect_uris: 'https://c1.test/cb' },
      '/update',
    );
    aSecondLater();
    for (const node of [server, secondNode]) {
      const page = await alice.request(node.url + url);
      expect([page.status, page.location]).toEqual([400, undefined]);
    }
  });

  test('a refused change keeps what is stored, and shows what was typed', async () => {
    const app = await createApp(server, { ...GRANTS, name: 'Stored' }, aliceId);
    const before = await snapshot(server);
    const form = await alice.open(`/applications/${app.id}/update`);
    const refused = await alice.submit(
      form,
      { name: 'Typed', redirect_uris: 'http://example.com/cb' },
      '/update',
    );
    expect([refused.status, refused.html.querySelector('#name')?.getAttribute('value')]).toEqual([
      422,
      'Typed',
    ]);
    expect(refused.html.querySelector('#redirect_uris-error')?.text).toContain('must use https');
    expect(await snapshot(server)).toEqual(before);
  });
});
