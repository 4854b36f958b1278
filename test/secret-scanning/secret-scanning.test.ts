/** A secret that somebody has found in public ends at once, and its owner is told where it was found. */
import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { backToPresent, travel } from '../support/clock.js';
import { lastMail, readMails } from '../support/mails.js';
import { basic, post, profile } from '../support/oauth.js';
import { createApp, createPerson, signIn, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { snapshot } from '../support/snapshot.js';

let server: TestServer;
let ownerId: number;

beforeAll(async () => {
  server = await startTestServer({ TRUSTED_PROXIES: '127.0.0.0/8 ::1' });
  ({ id: ownerId } = await createPerson(server, 'alice'));
  // Who has confirmed an address gets every mail.
  await server.database.knex('accounts').where({ id: ownerId }).update({ email_verified_at: new Date() });
});

afterEach(backToPresent);

afterAll(() => server.stop());

const newApp = () =>
  createApp(
    server,
    {
      name: 'Mine',
      grantTypes: ['client_credentials'],
      redirectUris: [],
      contacts: ['ALICE@example.com', 'developers@else.test'],
    },
    ownerId,
  );

async function report(
  body: unknown,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: unknown; headers: Headers }> {
  const answer = await fetch(`${server.url}/secret-scanning`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text && JSON.parse(text) };
}

async function works(app: TestApplication): Promise<boolean> {
  travel(1);
  const { status } = await post(server, '/o/token', { grant_type: 'client_credentials' }, basic(app));
  return status === 200;
}

const hashOf = (token: string) => createHash('sha256').update(token).digest('hex');
const PLACE = 'https://github.com/org/repo/blob/main/settings.py';

async function makePersonalToken(username: string): Promise<string> {
  const browser = await signIn(server, username);
  const page = await browser.submit(
    await browser.open('/account/tokens/new'),
    { name: 'backup', scopes: ['read'] },
    '/account/tokens',
  );
  return page.html.querySelector('code.copy-block')!.text;
}

test('a client secret: revoked at once, the owner told by mail and in the audit trail', async () => {
  const app = await newApp();
  expect(await works(app)).toBe(true);
  const answer = await report([
    { token: app.secret, type: 'latchkey_client_secret', url: PLACE, source: 'content' },
  ]);
  expect([answer.status, answer.body]).toEqual([
    200,
    [{ token_hash: hashOf(app.secret), token_type: 'latchkey_client_secret', label: 'true_positive' }],
  ]);
  expect(await works(app)).toBe(false);
  const mail = await lastMail(server, 'alice@example.com');
  expect(mail.subject).toBe('A secret of Mine was found in public');
  expect(mail.text).toContain(PLACE);
  expect(mail.text).toContain('The application has no other secret');
  expect(mail.text).toContain(`${server.url}/applications/${app.id}/secrets`);
  // Contacts are told as well, the owner once.
  expect((await lastMail(server, 'developers@else.test')).subject).toBe(mail.subject);
  expect(await readMails(server, 'ALICE@example.com')).toEqual([]);
  const events = await server.database
    .knex('audit_events')
    .where({ client_id: app.clientId, event: 'secret.leaked' });
  expect(events).toMatchObject([
    {
      account_id: ownerId,
      actor_id: null,
      network: expect.any(String),
      details: { hint: app.secret.slice(-4), found_at: PLACE, source: 'content' },
    },
  ]);
  for (const text of [JSON.stringify(events), mail.text, server.logged()])
    expect(text).not.toContain(app.secret.slice(0, 30));
});

test('a personal access token as well, in the language of its owner', async () => {
  const token = await makePersonalToken('alice');
  expect((await profile(server, token)).status).toBe(200);
  const answer = await report({ token, url: PLACE });
  expect(answer.body).toEqual([{ token_hash: hashOf(token), token_type: 'unknown', label: 'true_positive' }]);
  expect((await profile(server, token)).status).toBe(401);
  const mail = await lastMail(server, 'alice@example.com');
  expect(mail.subject).toBe('A personal access token of yours was found in public and revoked');
  expect(mail.text).toContain(`“backup” was found where others can read it.`);
  expect(mail.text).toContain(`Where: ${PLACE}`);
  const browser = await signIn(server, 'alice');
  expect((await browser.open('/account/activity')).text).toContain(
    '“backup” was found in public and revoked',
  );
});

// It lets its finder change every application of its owner, and was answered as if it were made up.
test('an API token as well', async () => {
  const browser = await signIn(server, 'alice');
  const form = await browser.open('/applications/tokens');
  const page = await browser.submit(form, { name: 'deploy' }, '/applications/tokens');
  const token = page.html.querySelector('code.copy-block')!.text;
  const list = async () =>
    (await fetch(`${server.url}/api/applications`, { headers: { authorization: `Bearer ${token}` } })).status;
  expect(await list()).toBe(200);
  const answer = await report({ token, url: PLACE });
  expect(answer.body).toEqual([{ token_hash: hashOf(token), token_type: 'unknown', label: 'true_positive' }]);
  expect(await list()).toBe(401);
  expect((await report({ token })).body).toMatchObject([{ label: 'false_positive' }]);
  const mail = await lastMail(server, 'alice@example.com');
  expect(mail.subject).toBe('An API token of yours was found in public and revoked');
  expect(mail.text).toContain('“deploy” was found where others can read it.');
  expect(mail.text).toContain(`Where: ${PLACE}`);
  const events = await server.database.knex('audit_events').where({ event: 'api_token.revoked' });
  expect(events).toMatchObject([{ account_id: ownerId, details: { name: 'deploy', found_at: PLACE } }]);
  for (const text of [JSON.stringify(events), mail.text, server.logged()])
    expect(text).not.toContain(token.slice(0, 30));
});

test('the address is told without the secret that is in it, and only if it is one', async () => {
  const app = await newApp();
  await report([{ token: app.secret, url: `https://paste.test/?s=${app.secret}#x`, source: '<b>x</b>' }]);
  const [event] = await server.database
    .knex('audit_events')
    .where({ client_id: app.clientId, event: 'secret.leaked' });
  expect(event.details).toMatchObject({ found_at: 'https://paste.test/?s=…#x', source: 'bxb' });
  const other = await newApp();
  const before = (await readMails(server, 'alice@example.com')).length;
  await report([{ token: other.secret, url: 'javascript:alert(1)' }]);
  const received = await readMails(server, 'alice@example.com');
  expect(received.length).toBe(before + 1);
  expect(received[0]!.text).not.toContain('javascript');
});

describe('everything else is a false positive, and changes nothing', () => {
  test.each([
    ['a made-up one', () => `lkcs${'a'.repeat(124)}`],
    [
      'one with a letter changed',
      (secret: string) => `${secret.slice(0, 50)}${secret[50] === 'a' ? 'b' : 'a'}${secret.slice(51)}`,
    ],
    ['its first half', (secret: string) => secret.slice(0, 64)],
    ['one with a space', (secret: string) => ` ${secret}`],
    ['its hash', (secret: string) => `sha256$${hashOf(secret)}`],
    ['a word', () => 'password'],
    ['nothing', () => ''],
    ['a NUL', () => '\0'],
  ])('%s', async (_title, spoil) => {
    const app = await newApp();
    const before = await snapshot(server);
    const token = spoil(app.secret);
    const { body } = await report([{ token, type: 'x', url: PLACE }]);
    expect(body).toEqual([{ token_hash: hashOf(token), token_type: 'x', label: 'false_positive' }]);
    const after = await snapshot(server);
    expect({ ...after, throttles: [] }).toEqual({ ...before, throttles: [] });
  });

  // Such a one may be any word of 128 letters: nobody is to ask about those by the million.
  test('one of the old form, without a checksum', async () => {
    const app = await newApp();
    const old = 'A'.repeat(128);
    const hash = `sha256$${hashOf(old)}`;
    await server.database.knex('client_secrets').where({ application_id: app.id }).update({ hash });
    expect(await works({ ...app, secret: old })).toBe(true);
    expect((await report([{ token: old }])).body).toMatchObject([{ label: 'false_positive' }]);
    expect(await works({ ...app, secret: old })).toBe(true);
  });

  test('one that was revoked before', async () => {
    const app = await newApp();
    expect((await report([{ token: app.secret }])).body).toMatchObject([{ label: 'true_positive' }]);
    expect((await report([{ token: app.secret }])).body).toMatchObject([{ label: 'false_positive' }]);
  });
});

test('several at once are answered in their order; the same in two places is revoked once and right twice', async () => {
  const [one, two] = [await newApp(), await newApp()];
  const before = (await readMails(server, 'alice@example.com')).length;
  const { body } = await report([
    { token: one.secret, url: 'https://a.test/' },
    { token: 'nothing' },
    { token: one.secret, url: 'https://b.test/' },
    { token: two.secret },
  ]);
  expect((body as { label: string }[]).map(({ label }) => label)).toEqual([
    'true_positive',
    'false_positive',
    'true_positive',
    'true_positive',
  ]);
  expect((await readMails(server, 'alice@example.com')).length).toBe(before + 2);
  expect([await works(one), await works(two)]).toEqual([false, false]);
});

test('reported twice at the same moment it ends once', async () => {
  const app = await newApp();
  const answers = await Promise.all(Array.from({ length: 4 }, () => report([{ token: app.secret }])));
  const labels = answers.map(({ body }) => (body as { label: string }[])[0]!.label).sort();
  expect(labels).toEqual(['false_positive', 'false_positive', 'false_positive', 'true_positive']);
  expect(
    await server.database.knex('audit_events').where({ client_id: app.clientId, event: 'secret.leaked' }),
  ).toHaveLength(1);
});

test.each([
  ['no JSON', '{', 400],
  ['a word', '"lkcs"', 400],
  ['no token', [{ type: 'x' }], 422],
  ['nothing', [], 422],
  ['too many', Array.from({ length: 101 }, () => ({ token: 'x' })), 422],
  ['a token that is none', [{ token: 7 }], 422],
  ['more than anybody has to say', [{ token: 'x'.repeat(70_000) }], 413],
])('a report of %s is refused with its reason', async (_title, body, status) => {
  const answer = await report(body);
  expect([answer.status, (answer.body as { message?: string }).message]).toEqual([
    status,
    expect.any(String),
  ]);
});

test('only JSON, and only by POST', async () => {
  expect((await report('token=x', { 'content-type': 'application/x-www-form-urlencoded' })).status).toBe(415);
  const answer = await fetch(`${server.url}/secret-scanning`);
  expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
});

test('no more than 600 reports an hour from one network', async () => {
  const from = { 'x-forwarded-for': '198.51.100.7' };
  const key = 'secret-scanning:198.51.100.0/24';
  await report([{ token: 'x' }], from);
  await server.database.knex('throttles').where({ key }).update({ attempts: 600 });
  const refused = await report([{ token: 'x' }], from);
  expect([refused.status, Number(refused.headers.get('retry-after'))]).toEqual([429, expect.any(Number)]);
  expect((await report([{ token: 'x' }])).status).toBe(200);
});
