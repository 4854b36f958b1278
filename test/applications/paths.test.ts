/** CONTRACT part A: /applications and /o/applications, each with and without a trailing slash, never a redirect. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from '../support/browser.js';
import { createApp, createPerson, signIn } from '../support/people.js';
import { credentialsOn, postTo, REGISTRATION } from '../support/portal.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let browser: Browser;
let ownerId: number;

beforeAll(async () => {
  server = await startTestServer();
  ({ id: ownerId } = await createPerson(server, 'alice'));
  browser = await signIn(server, 'alice');
});

afterAll(() => server.stop());

const ROOTS = ['/applications', '/o/applications'];
const spellings = (path: string) => ROOTS.flatMap((root) => [`${root}${path}`, `${root}${path}/`]);

describe('a page is the same under every spelling of its path', () => {
  test.each([
    ['', 'Applications'],
    ['/register', 'Register an application'],
    ['/ID', 'Example app'],
    ['/ID/update', 'Settings'],
    ['/ID/delete', 'Delete the application?'],
  ])('%j', async (path, heading) => {
    const { id } = await createApp(server, {}, ownerId);
    for (const spelling of spellings(path.replace('ID', String(id)))) {
      const page = await browser.request(spelling);
      expect([spelling, page.status, page.html.querySelector('h1')?.text]).toEqual([spelling, 200, heading]);
    }
  });
});

describe('so is what a form does', () => {
  test.each([...spellings('/register')])('POST %s registers', async (path) => {
    const fields = { ...REGISTRATION, grant_types: 'authorization_code' } as Record<string, string>;
    const page = await postTo(browser, path, fields);
    expect([page.status, credentialsOn(page).clientId]).toEqual([
      200,
      expect.stringMatching(/^[A-Za-z0-9]{40}$/),
    ]);
  });

  test.each([...spellings('/ID/update')])('POST %s changes', async (path) => {
    const { id } = await createApp(server, {}, ownerId);
    const page = await postTo(browser, path.replace('ID', String(id)), {
      name: `Renamed ${id}`,
      grant_types: 'authorization_code',
    });
    expect([page.status, page.location]).toEqual([303, `${server.url}/applications/${id}`]);
    expect((await browser.open('/applications')).text).toContain(`Renamed ${id}`);
  });

  test.each([...spellings('/ID/delete')])('POST %s deletes', async (path) => {
    const { id } = await createApp(server, {}, ownerId);
    const page = await postTo(browser, path.replace('ID', String(id)));
    expect([page.status, page.location]).toEqual([303, `${server.url}/applications`]);
    expect((await browser.open(`/applications/${id}`)).status).toBe(404);
  });
});
