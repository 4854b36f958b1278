/** Recovery codes: for the day the app is lost; stored as hashes, each good once, a new set ends the old (MF-04). */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from '../../support/browser.js';
import { backToPresent, travel } from '../../support/clock.js';
import { enterPassword, recoveryCodesOn, sendCode, setUpApp } from '../../support/factors.js';
import { readMails } from '../../support/mails.js';
import { createPerson } from '../../support/people.js';
import { startTestServer, type TestServer } from '../../support/server.js';

let server: TestServer;
let secondNode: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  secondNode = await startTestServer({ DATABASE_URL: server.databaseUrl });
});
afterEach(backToPresent);
afterAll(async () => {
  await secondNode.stop();
  await server.stop();
});

const isSignedIn = async (browser: Browser) => (await browser.request('/account')).status === 200;

/** Signs in by a recovery code, as it is typed. */
async function recover(username: string, code: string, node = server): Promise<Browser> {
  const { browser } = await enterPassword(node, username);
  const page = await browser.open('/login/second-step?way=recovery_code');
  await sendCode(browser, page, code);
  return browser;
}

test('ten are made with the app and shown once; the page says how many are left', async () => {
  await createPerson(server, 'alice');
  const { browser, recoveryCodes } = await setUpApp(server, 'alice');
  expect(recoveryCodes).toHaveLength(10);
  for (const code of recoveryCodes) expect(code).toMatch(/^([a-z2-9]{4}-){2}[a-z2-9]{4}$/);
  expect(new Set(recoveryCodes).size).toBe(10);
  const page = await browser.open('/account/security');
  expect(page.text).toContain('You have 10 codes left');
  expect(recoveryCodes.filter((code) => page.text.includes(code))).toEqual([]);
});

test('each signs in once, on whatever node, however it is typed, and the person is told by mail', async () => {
  await createPerson(server, 'bob');
  const { recoveryCodes } = await setUpApp(server, 'bob');
  const [first = '', second = ''] = recoveryCodes;
  expect(await isSignedIn(await recover('bob', first))).toBe(true);
  for (const node of [server, secondNode])
    expect(await isSignedIn(await recover('bob', first, node))).toBe(false);
  const browser = await recover('bob', ` ${second.toUpperCase().replaceAll('-', ' ')} `);
  expect(await isSignedIn(browser)).toBe(true);
  expect((await browser.open('/account/security')).text).toContain('You have 8 codes left');
  const mails = await readMails(server, 'bob@example.com');
  expect(mails.filter(({ text }) => /recovery code/.test(text))).toHaveLength(2);
  const events = await server.database.knex('audit_events').where({ event: 'recovery_code.used' });
  expect(events.map(({ details }) => details)).toEqual([{ left: 9 }, { left: 8 }]);
});

test('of six browsers that send the same code at the same moment to two nodes, one is signed in', async () => {
  await createPerson(server, 'carol');
  const { recoveryCodes } = await setUpApp(server, 'carol');
  const steps = await Promise.all(
    Array.from({ length: 6 }, async (_, index) => {
      const { browser } = await enterPassword(index % 2 ? server : secondNode, 'carol');
      return { browser, page: await browser.open('/login/second-step?way=recovery_code') };
    }),
  );
  await Promise.all(steps.map(({ browser, page }) => sendCode(browser, page, recoveryCodes[0]!)));
  const signedIn = await Promise.all(steps.map(({ browser }) => isSignedIn(browser)));
  expect(signedIn.filter(Boolean)).toHaveLength(1);
});

test('they are stored as keyed hashes, and nobody else can use them', async () => {
  await createPerson(server, 'dora');
  await createPerson(server, 'mallory');
  const dora = await setUpApp(server, 'dora');
  await setUpApp(server, 'mallory');
  const { rows } = await server.database.knex.raw('SELECT t::text AS row FROM recovery_codes t');
  const dump = JSON.stringify(rows);
  for (const code of dora.recoveryCodes) {
    expect(dump).not.toContain(code);
    expect(server.logged()).not.toContain(code);
  }
  expect(await isSignedIn(await recover('mallory', dora.recoveryCodes[0]!))).toBe(false);
  expect(await isSignedIn(await recover('dora', dora.recoveryCodes[0]!))).toBe(true);
});

test('a new set, made after a recent sign-in, ends the old one', async () => {
  await createPerson(server, 'eve');
  const { browser, recoveryCodes: old } = await setUpApp(server, 'eve');
  const page = await browser.submit(await browser.open('/account/security'), {}, '/recovery-codes');
  const renewed = recoveryCodesOn(page);
  expect(renewed).toHaveLength(10);
  expect(await isSignedIn(await recover('eve', old[0]!))).toBe(false);
  expect(await isSignedIn(await recover('eve', renewed[0]!))).toBe(true);

  travel(601);
  const stale = await browser.submit(await browser.open('/account/security'), {}, '/recovery-codes');
  expect(stale.url).toBe(`${server.url}/login/confirm?next=%2Faccount%2Fsecurity`);
  expect(await isSignedIn(await recover('eve', renewed[1]!))).toBe(true);
});
