/** Who reads about refused requests, what everybody else is told, and what is kept for how long. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sweep } from '../../../src/tokens/sweep.js';
import { answerOf } from '../../support/answers.js';
import { type Browser, newBrowser, type Page } from '../../support/browser.js';
import { backToPresent, travel } from '../../support/clock.js';
import { basic, get, post } from '../../support/oauth.js';
import { authorizeUrl, createPerson, signIn, type TestApplication } from '../../support/people.js';
import { postTo } from '../../support/portal.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { snapshot } from '../../support/snapshot.js';
import { makeWorld, type World } from './world.js';

let server: TestServer;
let world: World;
let mallory: Browser;
let nobody: Browser;
let app: TestApplication;

beforeAll(async () => {
  server = await startTestServer();
  world = await makeWorld(server);
  await createPerson(server, 'mallory');
  mallory = await signIn(server, 'mallory');
  nobody = newBrowser(server.url);
});
afterAll(() => server.stop());
beforeEach(async () => {
  app = await world.newApp();
});
afterEach(backToPresent);

const wrongSecret = () =>
  post(server, '/o/token', { grant_type: 'client_credentials' }, basic({ ...app, secret: 'x' }));
const wrongUri = (redirect_uri: string) => world.alice.request(authorizeUrl(app, { redirect_uri }));
const problemOf = (answer: { headers: Headers }) =>
  `/applications/${app.id}/problems/${answer.headers.get('x-request-id')}`;
const textOf = (page: Page) => page.html.querySelector('main')!.text.replace(/\s+/g, ' ');
const rows = () => server.database.knex('refused_requests').where({ application_id: app.id });

describe('error_uri', () => {
  test('is in the JSON of every OAuth error, names the request, and has the characters of RFC 6749 A.8', async () => {
    const answers = [
      await wrongSecret(),
      await post(server, '/o/token', { grant_type: 'x' }),
      await post(server, '/o/token', '{}', { 'content-type': 'application/json' }),
      await post(server, '/o/introspect', { token: 'x' }),
      await get(server, '/profile', { authorization: 'Bearer x' }),
      await get(server, '/o/userinfo', { authorization: 'Bearer x' }),
    ];
    for (const { body, headers } of answers) {
      const id = headers.get('x-request-id');
      expect(body.error_uri).toBe(`${server.url}/errors/${id}#${body.error}`);
      expect(body.error_uri).toMatch(/^[\x21\x23-\x5b\x5d-\x7e]+$/);
    }
  });

  test('goes back to the client with an error of the authorization endpoint, in each response mode', async () => {
    for (const mode of ['query', 'fragment']) {
      const page = await world.alice.request(authorizeUrl(app, { scope: 'nonsense', response_mode: mode }));
      const url = new URL(page.location!);
      const answer = new URLSearchParams(mode === 'query' ? url.search : url.hash.slice(1));
      expect(Object.fromEntries(answer)).toMatchObject({
        error: 'invalid_scope',
        state: 'xyz',
        iss: server.url,
      });
      expect(answer.getAll('error_uri')).toEqual([
        `${server.url}/errors/${page.headers.get('x-request-id')}#invalid_scope`,
      ]);
    }
    const form = await world.alice.request(
      authorizeUrl(app, { scope: 'nonsense', response_mode: 'form_post' }),
    );
    const value = (name: string) => form.html.querySelector(`[name=${name}]`)?.getAttribute('value');
    expect(value('error')).toBe('invalid_scope');
    expect(value('error_uri')).toBe(`${server.url}/errors/${form.headers.get('x-request-id')}#invalid_scope`);
  });

  test('is in no answer that is none', async () => {
    const good = await post(server, '/o/token', { grant_type: 'client_credentials' }, basic(app));
    expect([good.status, good.body.error_uri]).toEqual([200, undefined]);
    const page = await world.alice.open(authorizeUrl(app));
    const done = await world.alice.submit(page, {}, '/consent');
    expect(Object.keys(answerOf(done)).sort()).toEqual(['code', 'iss', 'state']);
    await world.developer.open(`/applications/${app.id}/problems`);
    expect(await rows()).toEqual([]);
  });

  test('is a link on the page that a person sees', async () => {
    const page = await wrongUri('https://nowhere.test/cb');
    const link = page.html.querySelectorAll('main a').find((each) => /developer/.test(each.text));
    expect(link?.getAttribute('href')).toBe(
      `${server.url}/errors/${page.headers.get('x-request-id')}#invalid_redirect_uri`,
    );
  });
});

describe('strangers', () => {
  /** Without what differs from request to request. */
  const seen = (page: Page) => ({
    status: page.status,
    text: page.text
      .replaceAll(/(csrf_token" value=)"[^"]+"/g, '$1')
      .replaceAll(/errors(%2F|\/)[0-9a-f-]{36}/g, 'errors/ID'),
  });

  test('read the general meaning of the codes, the same whether there is such a request or not', async () => {
    const id = (await wrongSecret()).headers.get('x-request-id');
    for (const browser of [mallory, nobody]) {
      const page = await browser.open(`/errors/${id}`);
      expect(page.status).toBe(200);
      expect(page.html.querySelector('#invalid_client')?.text).toContain('did not prove who it is');
      expect(page.text).not.toContain(app.name);
      expect(seen(page)).toEqual(seen(await browser.open(`/errors/${randomUUID()}`)));
    }
    for (const odd of ['x', '%00', "'", '../x', 'a'.repeat(2000)])
      expect([404, 200]).toContain((await nobody.open(`/errors/${odd}`)).status);
  });

  test('are led back to the explanation by signing in, when it is theirs', async () => {
    const id = (await wrongSecret()).headers.get('x-request-id');
    const browser = newBrowser(server.url);
    const page = await browser.open(`/errors/${id}`);
    const link = page.html.querySelectorAll('main a').find((each) => each.text === 'Sign in')!;
    const login = await browser.open(link.getAttribute('href')!);
    const { PASSWORD } = await import('../../support/people.js');
    const shown = await browser.submit(login, { username: 'developer', password: PASSWORD });
    expect(new URL(shown.url).pathname).toBe(`/applications/${app.id}/problems/${id}`);
  });

  test('find no problems of an application that is not theirs, and cannot repair it (DP-16)', async () => {
    const refused = await wrongUri(`${app.redirectUris[0]}/more`);
    const path = problemOf(refused);
    await world.developer.open(path);
    const other = await world.newApp();
    const before = await snapshot(server);
    for (const address of [`/applications/${app.id}/problems`, path])
      expect((await mallory.open(address)).status).toBe(404);
    expect((await postTo(mallory, `${path}/repair`)).status).toBe(404);
    expect((await world.developer.open(path.replace(`/${app.id}/`, `/${other.id}/`))).status).toBe(404);
    expect(await snapshot(server)).toEqual(before);
  });

  test('a superuser reads all', async () => {
    const refused = await wrongSecret();
    await createPerson(server, `root${app.id}`, { isSuperuser: true });
    const root = await signIn(server, `root${app.id}`);
    expect(textOf(await root.open(`/errors/${refused.headers.get('x-request-id')}`))).toContain(
      'secret.wrong',
    );
  });
});

describe('the list', () => {
  test('counts by cause, and is filtered by cause and endpoint', async () => {
    await wrongSecret();
    await wrongSecret();
    await wrongUri('https://nowhere.test/');
    const at = `/applications/${app.id}/problems`;
    const page = await world.developer.open(at);
    const tables = page.html
      .querySelectorAll('table')
      .map((table) => table.querySelectorAll('tbody tr').map((row) => row.text.replace(/\s+/g, ' ').trim()));
    expect(tables[0]).toEqual([
      expect.stringMatching(/^The secret is not one of this application token 2 /),
      expect.stringMatching(/^The redirect URI is not registered authorization 1 /),
    ]);
    expect(tables[1]).toHaveLength(3);
    const count = async (query: string) =>
      (await world.developer.open(`${at}?${query}`)).html.querySelectorAll(
        'section[aria-labelledby=requests] tbody tr',
      ).length;
    expect(await count('cause=secret.wrong')).toBe(2);
    expect(await count('endpoint=authorization')).toBe(1);
    expect(await count('cause=secret.wrong&endpoint=authorization')).toBe(0);
    expect(await count('cause=nonsense&endpoint=%00&after=x')).toBe(3);
    expect(await count(`after=2020-01-01T00:00:00.000Z_${randomUUID()}`)).toBe(0);
    expect(page.html.querySelector('nav a[aria-current=page]')?.text).toBe('Problems');
  });

  test('goes on where a page ends, also among those of the same moment', async () => {
    const at = new Date();
    const row = {
      application_id: app.id,
      at,
      endpoint: 'token',
      error: 'invalid_client',
      cause: 'secret.missing',
      network: '192.0.2.0/24',
      user_agent: 'x',
      request: { method: 'POST', contentType: '', authorization: [], parameters: [], more: 0 },
      facts: {},
      expires_at: new Date(at.getTime() + 86_400_000),
    };
    const many = Array.from({ length: 120 }, () => ({ ...row, request_id: randomUUID() }));
    await server.database.knex('refused_requests').insert(many);
    const seen = new Set<string>();
    let address: string | undefined = `/applications/${app.id}/problems`;
    for (let pages = 0; address; pages++) {
      expect(pages).toBeLessThan(3);
      const page: Page = await world.developer.open(address);
      for (const link of page.html.querySelectorAll('section[aria-labelledby=requests] tbody a'))
        seen.add(link.getAttribute('href')!);
      address = page.html.querySelector('a[rel=next]')?.getAttribute('href');
    }
    expect(seen.size).toBe(120);
  });

  test('says so when nothing went wrong', async () => {
    expect(textOf(await world.developer.open(`/applications/${app.id}/problems`))).toContain(
      'No request of this application was refused',
    );
  });
});

describe('what is kept', () => {
  test('is bounded a minute for requests that are alike; those beyond are counted', async () => {
    for (let times = 0; times < 25; times++) await wrongSecret();
    const page = await world.developer.open(`/applications/${app.id}/problems`);
    expect(await rows()).toHaveLength(10);
    expect(textOf(page)).toContain('The secret is not one of this application token 25');
    expect(textOf(page)).toContain('and 15 more');
    // Another mistake is still seen.
    expect(textOf(await world.developer.open(problemOf(await wrongUri('https://nowhere.test/'))))).toContain(
      'redirect_uri.mismatch',
    );
    travel(61);
    await wrongSecret();
    await world.developer.open(`/applications/${app.id}/problems`);
    expect(await rows()).toHaveLength(12);
  });

  test('is nothing of a client that there is not', async () => {
    const before = await server.database.knex('refused_requests').count();
    await post(server, '/o/token', { grant_type: 'x' }, basic({ clientId: 'nobody', secret: 'x' }));
    await world.developer.open(`/applications/${app.id}/problems`);
    expect(await server.database.knex('refused_requests').count()).toEqual(before);
  });

  test('leaves after seven days, and goes with its application', async () => {
    const refused = await wrongSecret();
    const path = problemOf(refused);
    expect((await world.developer.open(path)).status).toBe(200);
    const later = new Date(Date.now() + 8 * 86_400_000);
    await sweep(server.database, { auditKeepDays: 365 }, new Date(Date.now() + 6 * 86_400_000));
    expect(await rows()).toHaveLength(1);
    await sweep(server.database, { auditKeepDays: 365 }, later);
    expect(await rows()).toEqual([]);

    await wrongSecret();
    await world.developer.open(`/applications/${app.id}/problems`);
    expect(await rows()).toHaveLength(1);
    await postTo(world.developer, `/applications/${app.id}/delete`);
    expect(await rows()).toEqual([]);
  });

  test('is no condition of the answer: what cannot be written down is refused all the same', async () => {
    const { knex } = server.database;
    await knex.raw('ALTER TABLE refused_requests RENAME TO refused_requests_gone');
    try {
      expect((await wrongSecret()).status).toBe(401);
      expect((await world.developer.open(`/applications/${app.id}/problems`)).status).toBe(500);
    } finally {
      await knex.raw('ALTER TABLE refused_requests_gone RENAME TO refused_requests');
    }
    expect(server.logged()).toContain('could not write down why requests were refused');
    await wrongSecret();
    await world.developer.open(`/applications/${app.id}/problems`);
    expect(await rows()).toHaveLength(1);
  });

  test('is written before the server stops', async () => {
    const node = await startTestServer({ DATABASE_URL: server.databaseUrl });
    const { headers } = await post(node, '/o/token', { grant_type: 'x' }, basic(app));
    await node.stop();
    expect(await rows()).toMatchObject([{ request_id: headers.get('x-request-id') }]);
  });
});
