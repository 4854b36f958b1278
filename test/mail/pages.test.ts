/** No page waits for a mail server: the mail is in the outbox when the page answers, and is sent afterwards. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { newBrowser } from '../support/browser.js';
import { createPerson, PASSWORD } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { until } from '../support/until.js';
import { startSmtp, type TestSmtp } from './smtp.js';

let smtp: TestSmtp;
let server: TestServer;

beforeEach(async () => {
  smtp = await startSmtp();
  server = await startTestServer({ SMTP_URL: smtp.url, MAIL_FROM: 'Keys <keys@id.example.com>' });
});
afterEach(async () => {
  await server.stop();
  await smtp.stop();
});

const signUp = async () => {
  const browser = newBrowser(server.url);
  const form = await browser.open('/signup');
  const fields = { username: 'anna', email: 'anna@example.com', password: PASSWORD };
  return browser.submit(form, fields, '/signup');
};

test('signing up answers though the mail server takes the mail and says nothing', async () => {
  smtp.mood = 'silent';
  const start = performance.now();
  expect((await signUp()).status).toBe(200);
  // A second by the rule, and what a machine that is busy with other tests adds; the mail server is given ninety.
  expect(performance.now() - start).toBeLessThan(10_000);
  await until(() => smtp.begun === 1);
});

test('a reset mail is asked for while the mail server is down, and comes when it is back', async () => {
  await createPerson(server, 'bert');
  const { port } = smtp;
  await smtp.stop();
  const browser = newBrowser(server.url);
  const page = await browser.submit(await browser.open('/login/forgot'), { name: 'bert' }, '/forgot');
  expect([page.status, page.html.querySelector('h1')?.text]).toEqual([200, 'Look at your mail']);
  smtp = await startSmtp(port);
  await until(() => smtp.received.length === 1, 30_000);
  const [mail] = smtp.received;
  expect([mail?.to, mail?.parsed.from?.text]).toEqual(['bert@example.com', '"Keys" <keys@id.example.com>']);
  const [link = ''] = /http\S+token=\S+/.exec(mail?.parsed.text ?? '') ?? [];
  expect((await browser.open(link)).status).toBe(200);
});
