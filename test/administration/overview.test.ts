import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from '../support/browser.js';
import { byPassword } from '../support/oauth.js';
import { createApp, createPerson, signIn } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let root: Browser;

beforeAll(async () => {
  server = await startTestServer();
  await createPerson(server, 'root', { isSuperuser: true });
  root = await signIn(server, 'root');
});
afterAll(() => server.stop());

/** What the page says of each thing, by its name. */
function findingsOn(page: Page): Record<string, string> {
  const rows = page.html.querySelectorAll('section[aria-labelledby=health] dl > div');
  return Object.fromEntries(
    rows.map((row) => [
      row.querySelector('dt')?.text,
      row.querySelector('dd')?.text.replace(/\s+/g, ' ').trim(),
    ]),
  );
}

test('superusers see whether the server is well: database, clock, mail and storage', async () => {
  expect(findingsOn(await root.open('/admin'))).toEqual({
    Database: expect.stringMatching(/^fine PostgreSQL 1\d\.\d.*, tables up to date$/),
    Clock: 'fine this machine and the database agree',
    Mail: 'note No mail server: mails are kept and shown at /dev/mails.',
    Storage: 'fine what has expired leaves by itself',
  });
});

test('mails that the mail server does not take are told with what it said', async () => {
  // Nobody listens there.
  const mailing = await startTestServer({ SMTP_URL: 'smtp://127.0.0.1:9' });
  try {
    await createPerson(mailing, 'root', { isSuperuser: true });
    const admin = await signIn(mailing, 'root');
    const now = Date.now();
    await mailing.database.knex('outgoing_mails').insert({
      recipient: 'ada@example.com',
      content: Buffer.from('sealed'),
      created_at: new Date(now),
      expires_at: new Date(now + 3_600_000),
      next_try_at: new Date(now + 600_000),
      leaves_at: new Date(now + 3_600_000),
      attempts: 1,
      last_error: 'Refused: <come back later>',
    });
    const page = await admin.open('/admin');
    expect(findingsOn(page).Mail).toMatch(/^to do \d of \d waiting mails were not taken/);
    expect(page.text).toContain('Refused: &lt;come back later&gt;');
  } finally {
    await mailing.stop();
  }
});

test('what came in today is counted, and the tables have their sizes', async () => {
  const app = await createApp(server, { grantTypes: ['password'] });
  await byPassword(server, app, 'root');
  const page = await root.open('/admin');
  const [today] = page.html.querySelectorAll('section[aria-labelledby=lately] tbody tr');
  expect(today?.querySelector('th')?.text).toBe(new Date().toISOString().slice(0, 10));
  expect(today?.querySelector('td[data-label="access tokens"]')?.text).toBe('1');
  expect(page.html.querySelector('details')?.text).toMatch(/accounts\s+1\s+\d+ kB/);
});
