/** The device authorization grant (RFC 8628): DV-01 to DV-05, DV-07, DV-09. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Browser, newBrowser, type Page } from '../support/browser.js';
import { backToPresent, travel } from '../support/clock.js';
import { type Answer, basic, introspect, post, profile, refresh } from '../support/oauth.js';
import { verifyAccessToken, verifyIdToken } from '../support/openid.js';
import { createApp, createPerson, PASSWORD, signIn, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

const GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

let server: TestServer;
let second: TestServer;
let alice: Browser;
let tv: TestApplication;
let other: TestApplication;

beforeAll(async () => {
  server = await startTestServer();
  second = await startTestServer({ DATABASE_URL: server.databaseUrl });
  await createPerson(server, 'alice');
  alice = await signIn(server, 'alice');
  const settings = {
    grantTypes: [GRANT, 'refresh_token'] as const,
    redirectUris: [],
    clientType: 'public' as const,
  };
  tv = await createApp(server, { ...settings, name: 'Television', grantTypes: [...settings.grantTypes] });
  other = await createApp(server, { ...settings, grantTypes: [...settings.grantTypes] });
});
afterAll(async () => {
  await second.stop();
  await server.stop();
});
// Wrong codes are counted (DV-03), and the clock that counts them goes back and forth here.
beforeEach(() => server.database.knex('throttles').delete());
afterEach(backToPresent);

interface Started {
  device_code: string;
  user_code: string;
  verification_uri: string;
  verification_uri_complete: string;
  expires_in: number;
}

async function start(parameters: Record<string, string> = {}, app = tv): Promise<Started> {
  const answer = await post(server, '/o/device-authorization', { client_id: app.clientId, ...parameters });
  expect(answer.status).toBe(200);
  return answer.body;
}

const poll = (code: string, app = tv, node: TestServer = server) =>
  post(node, '/o/token', { grant_type: GRANT, client_id: app.clientId, device_code: code });

const expectError = ({ status, body }: Answer, error: string) =>
  expect([status, body.error]).toEqual([400, error]);

const typeCode = async (browser: Browser, code: string) =>
  browser.submit(await browser.open('/o/device'), { user_code: code }, '/o/device');

/** The button of this name, as somebody presses it. */
function press(browser: Browser, page: Page, name: 'confirm' | 'abort'): Promise<Page> {
  const form = page.html.querySelectorAll('form').find((each) => each.querySelector(`button[name=${name}]`));
  const fields = form?.querySelectorAll('input') ?? [];
  const body = new URLSearchParams({ [name]: 'yes' });
  for (const field of fields)
    body.append(field.getAttribute('name') ?? '', field.getAttribute('value') ?? '');
  const url = new URL(form?.getAttribute('action') ?? '', page.url).href;
  return browser
    .request(url, { method: 'POST', body, headers: { origin: server.url } })
    .then((next) => (next.location ? browser.open(next.location) : next));
}

async function approve(browser: Browser, code: string): Promise<Page> {
  const page = await press(browser, await typeCode(browser, code), 'confirm');
  return page.html.querySelector('form[action$="/consent"]') ? browser.submit(page, {}, '/consent') : page;
}

describe('the happy path (DV-01)', () => {
  test('the device shows a code, a person types it, signs in and allows, and the device has tokens', async () => {
    const started = await start({ scope: 'openid read' });
    expect(started.user_code).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
    expect(started.verification_uri).toBe(`${server.config.issuer}/o/device`);
    expect(started.expires_in).toBeLessThanOrEqual(600);
    expectError(await poll(started.device_code), 'authorization_pending');

    const browser = newBrowser(server.url);
    const question = await typeCode(browser, started.user_code);
    expect(question.html.text).toContain('Television');
    expect(question.html.text).toContain(started.user_code);
    const login = await press(browser, question, 'confirm');
    const consent = await browser.submit(login, { username: 'alice', password: PASSWORD }, '/login');
    expect(consent.html.querySelector('h1')?.text).toContain('Television');
    const done = await browser.submit(consent, {}, '/consent');
    expect(done.status).toBe(200);
    expect(done.html.text).toContain('Your device is connected');

    travel(6);
    const { status, body } = await poll(started.device_code);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      token_type: 'Bearer',
      scope: 'openid read',
      refresh_token: expect.any(String),
    });
    await verifyIdToken(server, tv, body.id_token);
    expect((await profile(server, body.access_token)).body.username).toBe('alice');
    const renewed = await refresh(server, tv, body.refresh_token);
    expect(renewed.status).toBe(200);
  });

  test.each<[string, (code: string) => string]>([
    ['in lower case', (code) => code.toLowerCase()],
    ['without the dash', (code) => code.replace('-', '')],
    ['with spaces', (code) => ` ${code.replace('-', ' ')} `],
  ])('the code may be typed %s', async (_how, type) => {
    const { user_code: code } = await start();
    const page = await typeCode(alice, type(code));
    expect(page.status).toBe(200);
    expect(page.html.text).toContain(code);
  });

  test('the complete address has the code filled in, and still asks', async () => {
    const started = await start();
    expect(new URL(started.verification_uri_complete).searchParams.get('user_code')).toBe(started.user_code);
    const question = await alice.submit(await alice.open(started.verification_uri_complete), {}, '/o/device');
    expect(question.html.text).toContain('Television');
    travel(6);
    expectError(await poll(started.device_code), 'authorization_pending');
  });

  test('the access token is a JWT for an application that has chosen them', async () => {
    const grantTypes = [GRANT, 'refresh_token'] as const;
    const modern = await createApp(server, {
      grantTypes: [...grantTypes],
      redirectUris: [],
      clientType: 'public',
      tokenFormat: 'jwt',
    });
    const started = await start({ scope: 'openid read' }, modern);
    await approve(alice, started.user_code);
    travel(6);
    const { status, body } = await poll(started.device_code, modern);
    expect(status).toBe(200);
    const { claims } = await verifyAccessToken(server, body.access_token);
    expect(claims).toMatchObject({ username: 'alice', amr: ['pwd'], auth_time: expect.any(Number) });
    await verifyIdToken(server, modern, body.id_token);
    expect((await profile(server, body.access_token)).body.username).toBe('alice');
  });

  test('without a scope the device gets the default ones', async () => {
    const started = await start();
    await approve(alice, started.user_code);
    expect((await poll(started.device_code)).body.scope).toBe('read write groups');
  });

  test('a confidential application authenticates for both requests', async () => {
    const box = await createApp(server, { grantTypes: [GRANT], redirectUris: [] });
    const refused = await post(server, '/o/device-authorization', { client_id: box.clientId });
    expect([refused.status, refused.body.error]).toEqual([401, 'invalid_client']);
    const { body } = await post(server, '/o/device-authorization', {}, basic(box));
    await approve(alice, body.user_code);
    const answer = await post(
      server,
      '/o/token',
      { grant_type: GRANT, device_code: body.device_code },
      basic(box),
    );
    expect(answer.status).toBe(200);
    expect((await introspect(server, box, answer.body.access_token)).body).toMatchObject({
      active: true,
      username: 'alice',
    });
  });
});

test('"Not you?" on the consent page lets another person type the same code', async () => {
  await createPerson(server, 'bob');
  const fresh = await createApp(server, { grantTypes: [GRANT], redirectUris: [], clientType: 'public' });
  const started = await start({}, fresh);
  const browser = await signIn(server, 'alice');
  const consent = await press(browser, await typeCode(browser, started.user_code), 'confirm');
  expect(
    (await browser.submit(consent, {}, '/switch')).html.querySelector('input[name=user_code]'),
  ).not.toBeNull();
  const login = await press(browser, await typeCode(browser, started.user_code), 'confirm');
  const again = await browser.submit(login, { username: 'bob', password: PASSWORD }, '/login');
  await browser.submit(again, {}, '/consent');
  const { body } = await poll(started.device_code, fresh);
  expect((await profile(server, body.access_token)).body.username).toBe('bob');
});

test('polling too fast is slowed down, five seconds more each time (DV-02)', async () => {
  const { device_code: code } = await start();
  expectError(await poll(code), 'authorization_pending');
  travel(1);
  expectError(await poll(code), 'slow_down');
  travel(6);
  expectError(await poll(code), 'slow_down');
  travel(16);
  expectError(await poll(code), 'authorization_pending');
});

test('an answer that is there is given at once, however early the device asks', async () => {
  const started = await start();
  expectError(await poll(started.device_code), 'authorization_pending');
  await approve(alice, started.user_code);
  expect((await poll(started.device_code)).status).toBe(200);
});

test('another application cannot use a device code, nor spoil it (DV-04)', async () => {
  const started = await start();
  await approve(alice, started.user_code);
  expectError(await poll(started.device_code, other), 'invalid_grant');
  expect((await poll(started.device_code)).status).toBe(200);
});

test('of twenty polls at the moment of approval, over two nodes, one has the tokens (DV-05)', async () => {
  for (let round = 0; round < 10; round++) {
    const started = await start();
    await approve(alice, started.user_code);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => poll(started.device_code, tv, i % 2 ? server : second)),
    );
    const won = answers.filter(({ status }) => status === 200);
    expect(won).toHaveLength(1);
    for (const lost of answers.filter((answer) => answer !== won[0])) expectError(lost, 'invalid_grant');
  }
});

test('one that polls while the person approves ends with tokens exactly once', async () => {
  const started = await start();
  const answers: Answer[] = [];
  let isApproved = false;
  const polling = (async () => {
    while (!isApproved) answers.push(await poll(started.device_code, tv, second));
  })();
  await approve(alice, started.user_code);
  isApproved = true;
  await polling;
  answers.push(await poll(started.device_code));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  for (const { status } of answers) expect([200, 400]).toContain(status);
});

describe('codes that are of no use any more (DV-09)', () => {
  test('expired: the device hears expired_token, the person that it is not valid', async () => {
    const started = await start();
    travel(started.expires_in + 1);
    expectError(await poll(started.device_code), 'expired_token');
    expect((await typeCode(alice, started.user_code)).status).toBe(422);
  });

  test('cancelled before signing in: access_denied', async () => {
    const started = await start();
    const page = await press(alice, await typeCode(alice, started.user_code), 'abort');
    expect(page.html.text).toContain('cancelled');
    expectError(await poll(started.device_code), 'access_denied');
  });

  test('denied on the consent page: access_denied', async () => {
    const fresh = await createApp(server, { grantTypes: [GRANT], redirectUris: [], clientType: 'public' });
    const started = await start({}, fresh);
    const consent = await press(alice, await typeCode(alice, started.user_code), 'confirm');
    const page = await alice.submit(consent, {}, '/deny');
    expect(page.html.text).toContain('cancelled');
    expectError(await poll(started.device_code, fresh), 'access_denied');
  });

  test('used: invalid_grant, and the person cannot use it again either', async () => {
    const started = await start();
    await approve(alice, started.user_code);
    expect((await poll(started.device_code)).status).toBe(200);
    expectError(await poll(started.device_code), 'invalid_grant');
    expect((await typeCode(alice, started.user_code)).status).toBe(422);
  });

  test('ten wrong user codes a minute are enough, whoever types them, and the right one works later (DV-03)', async () => {
    const started = await start();
    const statuses: number[] = [];
    for (let i = 0; i < 14; i++) {
      const browser = i % 2 ? alice : newBrowser(server.url);
      const page = await typeCode(browser, 'BBBB-BBBB');
      statuses.push(page.status);
      if (page.status === 429) expect(Number(page.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(statuses).toEqual([...Array(10).fill(422), ...Array(4).fill(429)]);
    expect((await typeCode(alice, started.user_code)).status).toBe(429);
    travel(61);
    expect((await approve(alice, started.user_code)).html.text).toContain('Your device is connected');
  });

  test('unknown, expired and used user codes sound the same', async () => {
    const used = await start();
    await approve(alice, used.user_code);
    const messages = new Set<string | undefined>();
    for (const code of ['BBBB-BBBB', used.user_code, 'x', '💩', 'a\0b']) {
      const page = await typeCode(alice, code);
      expect(page.status).toBe(422);
      messages.add(page.html.querySelector('[role=alert], .field-error')?.text.trim());
    }
    expect(messages.size).toBe(1);
  });

  test('an unknown device code is invalid_grant', async () =>
    expectError(await poll('nope'), 'invalid_grant'));
});

test('what the application may not have is refused at the start (DV-07)', async () => {
  const readOnly = await createApp(server, {
    grantTypes: [GRANT],
    redirectUris: [],
    clientType: 'public',
    scopes: ['read'],
  });
  for (const scope of ['read write', 'nope', '']) {
    const answer = await post(server, '/o/device-authorization', { client_id: readOnly.clientId, scope });
    expectError(answer, 'invalid_scope');
  }
});

test('an application without the grant cannot start', async () => {
  const web = await createApp(server);
  const answer = await post(server, '/o/device-authorization', {}, basic(web));
  expect(answer.status).toBe(400);
  expect(['unauthorized_client', 'invalid_request']).toContain(answer.body.error);
});

test('the database knows neither code', async () => {
  const started = await start();
  const rows = await server.database.knex('device_codes').select('*');
  const dump = JSON.stringify(rows.map((row) => ({ ...row, token_hash: row.token_hash.toString('latin1') })));
  expect(dump).not.toContain(started.device_code);
  expect(dump).not.toContain(started.user_code.replace('-', ''));
  expect(dump).not.toContain(started.user_code);
});
