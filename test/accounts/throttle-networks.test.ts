/** Whose failures count together: a network's, an application's server's, and those of an IPv6 site. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { newBrowser } from '../support/browser.js';
import { BEHIND_PROXY, from } from '../support/networks.js';
import { basic, post } from '../support/oauth.js';
import { authorizeUrl, createApp, createPerson, PASSWORD, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ ...BEHIND_PROXY, LOGIN_FAILURES_PER_NETWORK: '3' });
  await createPerson(server, 'alice');
});

// Nobody counts against the next test.
beforeEach(() => server.database.knex('throttles').delete());

afterAll(() => server.stop());

let lastName = 0;

/** A name of its own for each wrong password, so that only networks are counted. */
const nobody = () => `nobody${lastName++}`;

/** At the form of the sign-in page, or of the page this one leads to. */
async function signInPage(username: string, password: string, address: string, path = '/login') {
  const browser = newBrowser(server.url);
  const page = await browser.open(path);
  const form = page.html.querySelectorAll('form').find((each) => each.querySelector('#password'))!;
  const csrf = form.querySelector('[name=csrf_token]')!.getAttribute('value')!;
  const body = new URLSearchParams({ csrf_token: csrf, username, password });
  const target = form.getAttribute('action')!;
  return (await browser.request(target, { method: 'POST', body, headers: from(address) })).status;
}

async function passwordGrant(app: TestApplication, username: string, password: string, address: string) {
  const body = { grant_type: 'password', username, password };
  return (await post(server, '/o/token', body, { ...basic(app), ...from(address) })).status;
}

describe('the password grant: failures of one application', () => {
  const ADDRESS = '192.0.2.1';
  let apps: TestApplication[];

  beforeAll(async () => {
    const create = () => createApp(server, { grantTypes: ['password'] });
    apps = await Promise.all(Array.from({ length: 5 }, create));
  });

  async function fail(app: TestApplication) {
    for (let tries = 0; tries < 3; tries++)
      expect(await passwordGrant(app, nobody(), 'wrong', ADDRESS)).toBe(400);
    expect(await passwordGrant(app, 'alice', PASSWORD, ADDRESS)).toBe(429);
  }

  test('lock neither its neighbours on the same server nor the sign-in page', async () => {
    await fail(apps[0]!);
    expect(await passwordGrant(apps[1]!, 'alice', PASSWORD, ADDRESS)).toBe(200);
    expect(await signInPage('alice', PASSWORD, ADDRESS)).toBe(303);
  });

  test('and of its neighbours together have a limit, so that many applications are not as many tries', async () => {
    for (const app of apps.slice(0, 4)) await fail(app);
    expect(await passwordGrant(apps[4]!, 'alice', PASSWORD, ADDRESS)).toBe(429);
    expect(await passwordGrant(apps[4]!, 'alice', PASSWORD, '192.0.3.1')).toBe(200);
    expect(await signInPage('alice', PASSWORD, ADDRESS)).toBe(303);
  });

  test('are not those of people on its sign-in page, which count for the network', async () => {
    const web = await createApp(server);
    for (let tries = 0; tries < 3; tries++)
      expect(await signInPage(nobody(), 'wrong', ADDRESS, authorizeUrl(web))).toBe(401);
    expect(await signInPage('alice', PASSWORD, ADDRESS, authorizeUrl(web))).toBe(429);
    expect(await signInPage('alice', PASSWORD, ADDRESS)).toBe(429);
    expect(await passwordGrant(apps[0]!, 'alice', PASSWORD, ADDRESS)).toBe(200);
  });
});

describe('an IPv6 network', () => {
  const fail = (address: string) => signInPage(nobody(), 'wrong', address);

  test('is a /56: choosing among its /64s is no way around the limit', async () => {
    for (const address of ['2001:db8:0:1::1', '2001:db8:0:2::1', '2001:db8:0:ff::1'])
      expect(await fail(address)).toBe(401);
    expect(await fail('2001:db8:0:3::1')).toBe(429);
    expect(await fail('2001:db8:0:100::1')).toBe(401);
  });

  test('counts in its /48 as well, which has four times the limit', async () => {
    for (let tries = 0; tries < 12; tries++) expect(await fail(`2001:db8:1:${tries}00::1`)).toBe(401);
    expect(await fail('2001:db8:1:2000::1')).toBe(429);
    expect(await fail('2001:db8:2::1')).toBe(401);
  });
});
