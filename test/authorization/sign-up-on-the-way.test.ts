/** Somebody without an account, sent here by an application, signs up and goes on to it. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { answerOf } from '../support/answers.js';
import { newBrowser } from '../support/browser.js';
import { exchange, profile } from '../support/oauth.js';
import { authorizeUrl, createApp, createPerson, PASSWORD, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let app: TestApplication;

beforeAll(async () => {
  server = await startTestServer();
  app = await createApp(server, { name: 'Tide Tables' });
});
afterAll(() => server.stop());

test('the sign-up page leads to the consent page and back to the application', async () => {
  const browser = newBrowser(server.url);
  const login = await browser.open(authorizeUrl(app, { scope: 'openid read', nonce: 'n' }));
  expect(login.html.text).toContain('Tide Tables');
  const link = login.html.querySelector('a[href^="/signup"]')?.getAttribute('href') ?? '';
  const signup = await browser.open(link);
  const consent = await browser.submit(
    signup,
    {
      username: 'newcomer',
      email: 'new@example.com',
      first_name: 'New',
      last_name: 'Comer',
      password: PASSWORD,
    },
    '/signup',
  );
  expect(consent.html.querySelector('form[action$="/consent"]')).not.toBeNull();
  const answer = answerOf(await browser.submit(consent, {}, '/consent'));
  expect(answer.state).toBe('xyz');
  const { body } = await exchange(server, app, answer.code ?? '');
  expect((await profile(server, body.access_token)).body.username).toBe('newcomer');
});

test('one who is asked to prove it again (prompt=login) is asked', async () => {
  await createPerson(server, 'old');
  const browser = newBrowser(server.url);
  const login = await browser.open(authorizeUrl(app, { scope: 'openid', prompt: 'login' }));
  await browser.submit(await browser.open('/login'), { username: 'old', password: PASSWORD });
  const page = await browser.open(login.url);
  expect(page.html.querySelector('input[name=password]')).not.toBeNull();
});
