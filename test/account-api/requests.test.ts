/** How requests are refused, by every operation of the document alike. */
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fetchDocument, fillIn, operationsOf, type Published } from '../json-api/published-document.js';
import type { Answer } from '../support/oauth.js';
import { createPerson } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { snapshot } from '../support/snapshot.js';
import { type FrontEnd, frontEndOf, newFrontEnd } from './front-end.js';

let server: TestServer;
let frontEnd: FrontEnd;
let operations: Published[];

beforeAll(async () => {
  server = await startTestServer();
  await createPerson(server, 'ada');
  frontEnd = await frontEndOf(server.url, 'ada');
  operations = operationsOf(await fetchDocument(server.url));
});
afterAll(() => server.stop());

const SESSION = '/api/account/session';
const isSafe = ({ method }: Published) => method === 'GET';
const sendsJson = ({ method }: Published) => method === 'POST' || method === 'PATCH';

/** Sends it to each of these operations; each refuses it in the same way, and nothing has changed. */
async function expectAllRefused(
  those: Published[],
  send: (operation: Published) => Promise<Answer>,
  status: number,
  error: string,
): Promise<void> {
  expect(those.length).toBeGreaterThan(0);
  const before = await snapshot(server);
  for (const operation of those) {
    const answer = await send(operation);
    expect([operation.name, answer.status, answer.body]).toEqual([
      operation.name,
      status,
      expect.objectContaining({
        error,
        message: expect.any(String),
        request_id: answer.headers.get('x-request-id'),
      }),
    ]);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  }
  expect(await snapshot(server)).toEqual(before);
}

describe('a request of another site, although the session comes along (LG-01, LG-02)', () => {
  test.each([
    ['another origin', { origin: 'https://evil.test' }],
    ['an opaque origin', { origin: 'null' }],
    ['another site', { 'sec-fetch-site': 'cross-site', origin: '' }],
    ['a sibling of the site', { 'sec-fetch-site': 'same-site', origin: '' }],
  ])('is refused: %s', async (_, headers) => {
    const those = operations.filter((each) => !isSafe(each));
    const send = ({ method, path }: Published) => frontEnd.call(method, fillIn(path), {}, headers);
    await expectAllRefused(those, send, 403, 'foreign_request');
  });

  test.each(['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/plain', ''])(
    'cannot be a form, nor what a page may send to any site: %j',
    async (type) => {
      const send = ({ method, path }: Published) =>
        frontEnd.call(method, fillIn(path), '{"username":"ada"}', { 'content-type': type || 'text/plain' });
      await expectAllRefused(operations.filter(sendsJson), send, 415, 'json_expected');
    },
  );

  test('is not allowed to by a preflight, and may not read an answer', async () => {
    const preflight = await fetch(server.url + SESSION, {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.test', 'access-control-request-method': 'DELETE' },
    });
    const read = await frontEnd.call('GET', SESSION, undefined, { origin: 'https://evil.test' });
    for (const { headers } of [preflight, read])
      expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});

describe('a request of nobody', () => {
  test('is refused by all that is about somebody', async () => {
    const those = operations.filter(({ security }) => security.length > 0);
    const stranger = newFrontEnd(server.url);
    const send = ({ method, path }: Published) =>
      stranger.call(method, fillIn(path), isSafe({ method } as Published) ? undefined : {});
    await expectAllRefused(those, send, 401, 'login_required');
  });
});

describe('a body', () => {
  const withBody = () => operations.filter(({ requestBody }) => requestBody);

  test.each([
    ['no JSON', '{"username":'],
    ['a list', '[]'],
    ['a word', '"username"'],
    ['nothing', 'null'],
  ])('that is %s is refused', async (_, body) => {
    const send = ({ method, path }: Published) => frontEnd.call(method, fillIn(path), body);
    await expectAllRefused(withBody(), send, 400, 'unreadable_json');
  });

  test('with a field that does not exist is refused, and the field is named', async () => {
    const send = async ({ method, path }: Published) => {
      const answer = await frontEnd.call(method, fillIn(path), { no_such_field: 1 });
      expect(answer.body.fields).toMatchObject({ no_such_field: 'There is no such field.' });
      return answer;
    };
    await expectAllRefused(withBody(), send, 422, 'invalid_fields');
  });

  test.each([[1], [true], [null], [{}], [['a']]])(
    'with %j in a field of text is refused, and says so',
    async (value) => {
      const answer = await frontEnd.call('PATCH', '/api/account/profile', { nickname: value });
      expect([answer.status, answer.body.fields]).toEqual([422, { nickname: 'This must be text.' }]);
    },
  );

  test('that lacks a field is told which', async () => {
    const answer = await frontEnd.call('POST', '/api/account/password', { new_password: 'x' });
    expect([answer.status, answer.body.fields]).toEqual([422, { current_password: 'This is missing.' }]);
  });

  test('with NUL in a field is refused (PostgreSQL cannot store it)', async () => {
    const answer = await frontEnd.call('PATCH', '/api/account/profile', { nickname: 'a\0b' });
    expect([answer.status, Object.keys(answer.body.fields)]).toEqual([422, ['nickname']]);
  });

  test('of more than 64 kB is refused, also when it is compressed (LG-19)', async () => {
    const big = JSON.stringify({ username: 'ada', password: 'x'.repeat(70_000) });
    const plain = await frontEnd.call('POST', SESSION, big);
    expect([plain.status, plain.body.error]).toEqual([413, 'too_large']);
    const compressed = await fetch(server.url + SESSION, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: gzipSync(big),
    });
    expect(compressed.status).toBe(413);
  });
});

describe('an address', () => {
  test('that does not exist is 404, whatever is sent there', async () => {
    for (const method of ['GET', 'POST', 'DELETE']) {
      const answer = await frontEnd.call(method, '/api/account/nothing');
      expect([answer.status, answer.body.error]).toEqual([404, 'not_found']);
    }
  });

  test('takes the methods of the document, and names them to others', async () => {
    for (const path of new Set(operations.map((each) => each.path))) {
      const methods = operations.filter((each) => each.path === path).map(({ method }) => method);
      const answer = await frontEnd.call('PUT', fillIn(path));
      expect([path, answer.status, answer.body.error]).toEqual([path, 405, 'method_not_allowed']);
      const allowed = answer.headers.get('allow')!.split(', ');
      expect(allowed.filter((method) => method !== 'HEAD').sort()).toEqual(methods.sort());
    }
  });

  test('is the same with a trailing slash', async () => {
    expect((await frontEnd.call('GET', `${SESSION}/`)).status).toBe(200);
  });

  test('of something that the person does not have is 404', async () => {
    const those = operations.filter(({ path, requestBody }) => path.includes('{') && !requestBody);
    for (const value of ['999999', 'x', '%00', '-1'])
      await expectAllRefused(
        those,
        ({ method, path }) =>
          frontEnd.call(method, fillIn(path, value), isSafe({ method } as Published) ? undefined : {}),
        404,
        'not_found',
      );
  });
});

test('people are told in their language what to change, and programs by the same name', async () => {
  const answer = await newFrontEnd(server.url).call(
    'POST',
    SESSION,
    { username: 'ada', password: 'wrong' },
    { 'accept-language': 'fr' },
  );
  expect(answer.body).toMatchObject({ error: 'wrong_credentials' });
  expect(answer.body.message).toMatch(/mot de passe/);
  await frontEnd.call('PATCH', '/api/account/profile', { locale: 'de' });
  const { body } = await frontEnd.call('PATCH', '/api/account/profile', { birthdate: 'x' });
  expect([body.message, body.fields.birthdate]).toEqual([
    'Etwas muss noch einmal angesehen werden; es wurde nichts geändert.',
    expect.stringMatching(/[a-z]/),
  ]);
  await frontEnd.call('PATCH', '/api/account/profile', { locale: '' });
});

test('what is typed is in no log', async () => {
  const secret = 'canary-password-never-logged';
  await frontEnd.call('POST', SESSION, { username: 'ada', password: secret });
  await frontEnd.call('POST', SESSION, `{"username":"ada","password":"${secret}"`);
  await frontEnd.call('POST', SESSION, { [secret]: 1 });
  expect(server.logged()).not.toContain(secret);
});
