/** response_mode=form_post (OAuth 2.0 Form Post Response Mode; AZ-09). */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Browser, newBrowser, type Page } from '../support/browser.js';
import { exchange } from '../support/oauth.js';
import {
  allow,
  authorizeUrl,
  CALLBACK,
  createApp,
  createPerson,
  signIn,
  type TestApplication,
} from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let alice: Browser;
let app: TestApplication;

beforeAll(async () => {
  server = await startTestServer();
  await createPerson(server, 'alice');
  alice = await signIn(server, 'alice');
  app = await createApp(server);
});
afterAll(() => server.stop());

/** The fields that the browser will post, and that the page does so by itself. */
function fieldsOf(page: Page): Record<string, string> {
  expect(page.headers.get('content-type')).toMatch(/^text\/html/);
  const form = page.html.querySelector('form');
  expect(form?.getAttribute('method')).toBe('post');
  expect(form?.getAttribute('action')).toBe(CALLBACK);
  const inputs = form?.querySelectorAll('input') ?? [];
  return Object.fromEntries(
    inputs.map((input) => [input.getAttribute('name') ?? '', input.getAttribute('value') ?? '']),
  );
}

test('the answer is a form that posts itself to the redirect URI', async () => {
  const page = await allow(alice, app, { response_mode: 'form_post', scope: 'openid', nonce: 'n' });
  const fields = fieldsOf(page);
  expect(page.status).toBe(200);
  expect(page.location).toBeUndefined();
  expect(fields).toEqual({ code: expect.any(String), state: 'xyz', iss: server.config.issuer });
  expect((await exchange(server, app, fields.code ?? '')).status).toBe(200);
});

test.each([
  '"><script>alert(1)</script>',
  "' onfocus='x",
  'a&amp;b&c',
  'line\u2028separator',
  '</form>',
  'žluťoučký',
])('the state %j is escaped, and comes back as it was (AZ-09)', async (state) => {
  const page = await allow(alice, app, { response_mode: 'form_post', state });
  expect(fieldsOf(page).state).toBe(state);
  expect(page.text.match(/<script/g)).toHaveLength(1);
});

test('of scripts the policy lets only that one run, and the form may go to the application', async () => {
  const page = await allow(alice, app, { response_mode: 'form_post' });
  const policy = page.headers.get('content-security-policy') ?? '';
  const script = page.html.querySelector('script')?.textContent ?? '';
  const hash = createHash('sha256').update(script).digest('base64');
  expect(policy).toContain(`'sha256-${hash}'`);
  expect(policy).not.toContain('unsafe-inline');
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toContain('form-action');
  expect(page.headers.get('cache-control')).toContain('no-store');
});

test('without JavaScript there is a button', async () => {
  const page = await allow(alice, app, { response_mode: 'form_post' });
  expect(page.html.querySelector('noscript')?.toString()).toContain('type="submit"');
});

test('errors are posted as well', async () => {
  const nobody = newBrowser(server.url);
  const refused = await nobody.open(authorizeUrl(app, { response_mode: 'form_post', prompt: 'none' }));
  expect(fieldsOf(refused)).toMatchObject({
    error: 'login_required',
    state: 'xyz',
    iss: server.config.issuer,
  });
  const wrong = await nobody.open(authorizeUrl(app, { response_mode: 'form_post', scope: 'nope' }));
  expect(fieldsOf(wrong)).toMatchObject({ error: 'invalid_scope', state: 'xyz' });
});

test('access that was denied is posted as well', async () => {
  const other = await createApp(server);
  const page = await alice.submit(
    await alice.open(authorizeUrl(other, { response_mode: 'form_post' })),
    {},
    '/deny',
  );
  expect(fieldsOf(page)).toMatchObject({ error: 'access_denied', state: 'xyz' });
});

test('query is the default, and may be asked for', async () => {
  expect((await allow(alice, app, { response_mode: 'query' })).location).toMatch(
    /^https:\/\/c1\.test\/cb\?code=/,
  );
  const page = await allow(alice, app, { response_mode: 'fragment' });
  expect(page.location).toMatch(/^https:\/\/c1\.test\/cb#code=/);
});
