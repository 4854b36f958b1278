/** The OpenAPI document against the running server: every operation is asked, and answers as the document says. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  answerSchema,
  fetchDocument,
  operationsOf,
  type Published,
  type PublishedDocument,
} from '../json-api/published-document.js';
import { makePasskey, signWithPasskey } from '../support/authenticator.js';
import { codeOf, wrongCodeOf } from '../support/factors.js';
import { lastMail } from '../support/mails.js';
import type { Answer } from '../support/oauth.js';
import { signInAt } from '../support/oauth.js';
import { createApp, PASSWORD } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { type FrontEnd, frontEndOf, newFrontEnd } from './front-end.js';

let server: TestServer;
let document: PublishedDocument;
let operations: Published[];
let frontEnd: FrontEnd;

beforeAll(async () => {
  server = await startTestServer();
  document = await fetchDocument(server.url);
  operations = operationsOf(document);
  frontEnd = newFrontEnd(server.url);
});
afterAll(() => server.stop());

const NEXT_PASSWORD = 'another good password';
const called = new Set<string>();

/** Asks and holds the answer against the document. @param name as `POST /api/account/session` */
async function ask(name: string, body?: unknown, parameters: Record<string, string> = {}): Promise<Answer> {
  const operation = operations.find((each) => each.name === name);
  if (!operation) throw new Error(`the document has no ${name}`);
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, parameter) => parameters[parameter]!);
  const answer = await frontEnd.call(operation.method, path, body);
  const schema = answerSchema(document, operation, answer.status);
  if (!schema) expect([name, answer.body]).toEqual([name, '']);
  else expect([name, schema.safeParse(answer.body).error?.issues]).toEqual([name, undefined]);
  if (answer.status < 400) called.add(name);
  return answer;
}

test('it is OpenAPI 3.1 of this server, and says how the session is kept', () => {
  expect(document.openapi).toBe('3.1.0');
  expect(document.servers).toEqual([{ url: server.url }]);
  expect(document.components.securitySchemes).toMatchObject({
    session: { in: 'cookie', name: 'latchkey_session' },
    token: { scheme: 'bearer' },
  });
});

test('every operation has a name of its own and says all it can be refused for', () => {
  const names = operations.map(({ operationId }) => operationId);
  expect(new Set(names).size).toBe(names.length);
  for (const { name, security, responses, requestBody } of operations) {
    const needed = [
      '503',
      ...(security.length ? ['401'] : []),
      ...(requestBody ? ['400', '413', '415', '422'] : []),
    ];
    expect([name, needed.filter((status) => !(status in responses))]).toEqual([name, []]);
  }
});

test('the schemas refuse what they do not describe', () => {
  const who = operations.find(({ name }) => name === 'GET /api/account/session')!;
  const schema = answerSchema(document, who, 200)!;
  const person = { id: 1, username: 'a', email: 'b', first_name: '', last_name: '', groups: [] };
  const session = {
    person,
    signed_in_at: '2026-11-23T10:00:00.000Z',
    methods: ['pwd'],
    acted_in_by: null,
    confirm_with: ['password'],
  };
  expect(schema.safeParse(session).success).toBe(true);
  expect(schema.safeParse({ ...session, methods: 'pwd' }).success).toBe(false);
  expect(schema.safeParse({ ...session, person: { ...person, password_hash: 'x' } }).success).toBe(false);
});

describe('each operation answers as it says', () => {
  const ada = { username: 'ada', email: 'ada@example.com', password: PASSWORD };

  test('joining, signing in and out', async () => {
    await ask('POST /api/account/sign-up', { ...ada, username: '' });
    await ask('POST /api/account/sign-up', ada);
    await ask('GET /api/account/session');
    await ask('POST /api/account/session/confirmation', { password: 'wrong' });
    await ask('POST /api/account/session/confirmation', { password: PASSWORD });
    await ask('DELETE /api/account/session');
    await ask('GET /api/account/session');
    await ask('POST /api/account/session', { username: 'ada', password: 'wrong' });
    await ask('POST /api/account/session', { username: 'ada', password: PASSWORD });
  });

  test('the profile', async () => {
    await ask('GET /api/account/profile');
    await ask('PATCH /api/account/profile', { nickname: 'Countess', birthdate: '1815-12-10' });
    await ask('PATCH /api/account/profile', { birthdate: 'yesterday' });
  });

  test('the password', async () => {
    const next = NEXT_PASSWORD;
    await ask('POST /api/account/password', { current_password: 'wrong', new_password: next });
    await ask('POST /api/account/password', { current_password: PASSWORD, new_password: next });
  });

  test('applications', async () => {
    await signInAt(server, frontEnd.browser, await createApp(server));
    const { body } = await ask('GET /api/account/applications');
    const id = String(body.applications[0].id);
    await ask('DELETE /api/account/applications/{id}', undefined, { id });
    await ask('DELETE /api/account/applications/{id}', undefined, { id });
  });

  test('browsers', async () => {
    await frontEndOf(server.url, 'ada', NEXT_PASSWORD);
    const { body } = await ask('GET /api/account/sessions');
    const { id } = body.sessions.find((each: { is_this: boolean }) => !each.is_this);
    await ask('DELETE /api/account/sessions/{id}', undefined, { id });
    await ask('DELETE /api/account/sessions');
  });

  test('personal tokens', async () => {
    await ask('POST /api/account/tokens', { name: 'script', scopes: ['read'] });
    await ask('POST /api/account/tokens', { name: '', scopes: [] });
    const { body } = await ask('GET /api/account/tokens');
    await ask('DELETE /api/account/tokens/{id}', undefined, { id: String(body.tokens[0].id) });
  });

  test('passkeys', async () => {
    const registration = await ask('POST /api/account/passkey-options');
    const { passkey, answer } = makePasskey(registration.body, server.url);
    const { body } = await ask('POST /api/account/passkeys', { credential: answer });
    const id = String(body.id);
    await ask('PATCH /api/account/passkeys/{id}', { name: 'Phone' }, { id });
    const sign = (options: Parameters<typeof signWithPasskey>[1]) =>
      signWithPasskey(passkey, options, server.url);
    const again = await ask('POST /api/account/session/confirmation/passkey-options');
    const proof = { way: 'passkey', credential: sign(again.body) };
    await ask('POST /api/account/session/confirmation', proof);
    await ask('POST /api/account/session', { username: 'ada', password: NEXT_PASSWORD });
    const second = await ask('POST /api/account/session/second-step/passkey-options');
    const step = { way: 'passkey', credential: sign(second.body) };
    await ask('POST /api/account/session/second-step', step);
    const first = await ask('POST /api/account/session/passkey-options');
    await ask('POST /api/account/session/passkey', { credential: sign(first.body) });
    await ask('GET /api/account/passkeys');
    await ask('DELETE /api/account/passkeys/{id}', undefined, { id });
  });

  test('second factors', async () => {
    const { body: setup } = await ask('POST /api/account/factors/app/setup');
    await ask('POST /api/account/factors/app', { sealed: setup.sealed, code: 'wrong' });
    const app = { sealed: setup.sealed, code: codeOf(setup.seed) };
    const { body: made } = await ask('POST /api/account/factors/app', app);
    await ask('POST /api/account/factors/app', app);
    await ask('GET /api/account/session');
    await ask('POST /api/account/session', { username: 'ada', password: NEXT_PASSWORD });
    await ask('GET /api/account/session/second-step');
    await ask('POST /api/account/session/second-step', { way: 'app', code: wrongCodeOf(setup.seed) });
    const step = { way: 'recovery_code', code: made.recovery_codes[0], remember: true };
    await ask('POST /api/account/session/second-step', step);
    const { body } = await ask('GET /api/account/factors');
    const id = String(body.remembered_browsers[0].id);
    await ask('DELETE /api/account/remembered-browsers/{id}', undefined, { id });
    await ask('DELETE /api/account/remembered-browsers');
    await ask('POST /api/account/factors/recovery-codes');
    await ask('DELETE /api/account/factors/app');
  });

  test('the email address', async () => {
    await ask('GET /api/account/email');
    await ask('POST /api/account/email/mail');
    await ask('POST /api/account/email/code', { code: 'none' });
    await ask('POST /api/account/email/code', { code: (await lastMail(server, ada.email)).code });
    await ask('POST /api/account/email', { email: 'countess@example.com' });
    await ask('POST /api/account/email', { email: 'nowhere' });
    await ask('DELETE /api/account/email/change');
  });

  test('a forgotten password', async () => {
    await ask('POST /api/account/password-reset', { name: 'ada' });
    const { code } = await lastMail(server, ada.email);
    await ask('POST /api/account/password-reset/code', { name: 'ada', code: 'none' });
    const { body } = await ask('POST /api/account/password-reset/code', { name: 'ada', code });
    const choice = { token: body.token, new_password: 'a third good password' };
    await ask('POST /api/account/password-reset/password', choice);
    await ask('POST /api/account/password-reset/password', choice);
  });

  test('activity and leaving', async () => {
    const credentials = { username: 'ada', password: 'a third good password' };
    await ask('POST /api/account/session', credentials);
    await ask('GET /api/account/events');
    await ask('POST /api/account/export');
    await ask('POST /api/account/deletion');
    await ask('GET /api/account/session');
    const { body } = await ask('POST /api/account/session', credentials);
    await ask('POST /api/account/deletion/cancellation', { token: body.token });
    await ask('POST /api/account/deletion/cancellation', { token: body.token });
    await ask('POST /api/account/session', credentials);
  });

  test('and none was left out', () => {
    expect(operations.map(({ name }) => name).filter((name) => !called.has(name))).toEqual([]);
  });
});

describe('the page to read', () => {
  test('shows every operation and every object, without a script', async () => {
    const page = await frontEnd.browser.open('/api/docs');
    expect(page.status).toBe(200);
    for (const { name } of operations) expect(page.text).toContain(name);
    for (const name of Object.keys(document.components.schemas))
      expect([name, page.html.querySelector(`#${name}`)?.text]).toEqual([
        name,
        expect.stringContaining(name),
      ]);
    expect(page.html.querySelectorAll('script')).toEqual([]);
  });

  test('every link on it leads somewhere', async () => {
    const page = await frontEnd.browser.open('/api/docs');
    const links = page.html.querySelectorAll('main a[href]').map((link) => link.getAttribute('href')!);
    expect(links.length).toBeGreaterThan(5);
    for (const link of new Set(links)) {
      if (link.startsWith('#')) expect(page.html.querySelector(link)).not.toBeNull();
      else expect((await frontEnd.browser.open(link)).status).toBe(200);
    }
  });
});
