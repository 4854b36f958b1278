/** A new password by the code of a mail, by JSON (AR-01 to AR-09). */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { backToPresent, travel } from '../support/clock.js';
import { lastMail, readMails } from '../support/mails.js';
import { createPerson, PASSWORD } from '../support/people.js';
import { sendRaw } from '../support/raw.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { frontEndOf, newFrontEnd } from './front-end.js';

const RESET = '/api/account/password-reset';
const SESSION = '/api/account/session';
const NEXT = 'another good password';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  for (const name of ['ada', 'betty', 'cora', 'dora']) await createPerson(server, name);
});
afterEach(backToPresent);
afterAll(() => server.stop());

const ask = (name: string) => newFrontEnd(server.url).call('POST', RESET, { name });
const exchange = (name: string, code: string | undefined) =>
  newFrontEnd(server.url).call('POST', `${RESET}/code`, { name, code });
const setPassword = (token: string, password = NEXT) =>
  newFrontEnd(server.url).call('POST', `${RESET}/password`, { token, new_password: password });
const signIn = async (username: string, password: string) =>
  (await newFrontEnd(server.url).call('POST', SESSION, { username, password })).status;

async function tokenOf(username: string): Promise<string> {
  await ask(username);
  const { code } = await lastMail(server, `${username}@example.com`);
  return (await exchange(username, code)).body.token;
}

test('the code of the mail gives one new password, and every session ends (AR-02, AR-08)', async () => {
  const elsewhere = await frontEndOf(server.url, 'ada');
  const token = await tokenOf('ada');
  expect((await elsewhere.call('GET', SESSION)).status).toBe(200);
  expect((await setPassword(token)).status).toBe(204);
  expect((await elsewhere.call('GET', SESSION)).status).toBe(401);
  expect([await signIn('ada', PASSWORD), await signIn('ada', NEXT)]).toEqual([401, 200]);
  const again = await setPassword(token, 'a third good password');
  expect([again.status, again.body.error]).toEqual([410, 'link_used_up']);
});

test('nobody learns whether there is an account (AR-01)', async () => {
  const answers = [await ask('betty'), await ask('nobody'), await ask('nobody@example.com')];
  for (const { status, body, headers } of answers)
    expect([status, body, headers.getSetCookie()]).toEqual([204, '', []]);
  expect(await readMails(server, 'nobody@example.com')).toEqual([]);
  const { code = '' } = await lastMail(server, 'betty@example.com');
  const wrong = code === '111111' ? '222222' : '111111';
  const [known, unknown] = [await exchange('betty', wrong), await exchange('nobody', wrong)];
  expect([known.status, known.body.fields]).toEqual([422, unknown.body.fields]);
  expect(unknown.status).toBe(422);
});

test('a password that may not be chosen leaves the token as it was; an old token is none', async () => {
  const token = await tokenOf('cora');
  const refused = await setPassword(token, 'short');
  expect([refused.status, Object.keys(refused.body.fields)]).toEqual([422, ['new_password']]);
  expect((await setPassword(token)).status).toBe(204);
  const late = await tokenOf('dora');
  travel(3600);
  expect((await setPassword(late)).status).toBe(410);
  expect(await signIn('dora', PASSWORD)).toBe(200);
});

test('what is not a token is told like one that was used', async () => {
  for (const token of ['', 'x', 'a'.repeat(43)]) expect((await setPassword(token)).status).toBe(410);
});

test('where no mail is sent there is no such way', async () => {
  const mute = await startTestServer({ ISSUER: 'https://id.example.com' });
  try {
    const body = '{"name":"ada"}';
    const answer = await sendRaw(
      mute.port,
      [
        `POST ${RESET} HTTP/1.1`,
        'Host: id.example.com',
        'Content-Type: application/json',
        `Content-Length: ${body.length}`,
        'Connection: close',
        '',
        body,
      ].join('\r\n'),
    );
    expect([answer.status, JSON.parse(answer.body).error]).toEqual([404, 'mail_off']);
  } finally {
    await mute.stop();
  }
});
