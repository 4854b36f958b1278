import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Browser, newBrowser } from '../support/browser.js';
import { startCable } from '../support/cable.js';
import { createTestDatabase } from '../support/database.js';
import { basic, post } from '../support/oauth.js';
import { createApp, createPerson, signIn, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let browser: Browser;
let app: TestApplication;

beforeAll(async () => {
  server = await startTestServer();
  await createPerson(server, 'alice');
  browser = await signIn(server, 'alice');
  app = await createApp(server, { grantTypes: ['password'] });
});

afterAll(() => server.stop());

const JSON_ONLY = { headers: { accept: 'application/json' } };

describe('an address where nothing is', () => {
  test('is a page for a person, with what to do and the request id of the log', async () => {
    const page = await browser.open('/nothing/here?code=secret-in-the-query');
    expect([page.status, page.html.querySelector('h1')?.text]).toEqual([
      404,
      'There is no page at this address.',
    ]);
    expect(page.text).toContain('Check the address, or go back to the start page.');
    expect(page.html.querySelector('.request-id')?.text).toBe(
      `Error 404, request id ${page.headers.get('x-request-id')}`,
    );
    expect(server.logged()).toContain(page.headers.get('x-request-id'));
    expect(server.logged()).not.toContain('secret-in-the-query');
    expect(page.text).not.toContain('nothing/here');
  });

  test('is JSON for a program', async () => {
    const page = await browser.request('/nothing', JSON_ONLY);
    expect(page.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(JSON.parse(page.text)).toEqual({
      error: 'not_found',
      message: 'There is no page at this address.',
      hint: 'Check the address, or go back to the start page.',
      request_id: page.headers.get('x-request-id'),
    });
  });

  test('of the protocol is JSON whoever asks', async () => {
    const page = await browser.request('/.well-known/nothing');
    expect([page.status, JSON.parse(page.text).error]).toEqual([404, 'not_found']);
  });
});

test('every request has an id of its own, and one that is sent along is not taken over', async () => {
  const seen = new Set<string | null>();
  for (let times = 0; times < 20; times++) {
    const page = await browser.request('/login', { headers: { 'x-request-id': 'chosen-by-the-client' } });
    seen.add(page.headers.get('x-request-id'));
  }
  expect(seen.size).toBe(20);
  expect(seen.has('chosen-by-the-client')).toBe(false);
});

describe('a mistake of ours', () => {
  beforeAll(() => server.database.knex.raw('ALTER TABLE audit_events RENAME TO audit_events_gone'));
  afterAll(() => server.database.knex.raw('ALTER TABLE audit_events_gone RENAME TO audit_events'));

  const failingForm = async () => {
    const form = await browser.open('/account/edit');
    return browser.submit(form, { nickname: 'canary-nickname' }, '/edit');
  };

  test('is a page that says nothing of it but the request id', async () => {
    const page = await failingForm();
    expect([page.status, page.html.querySelector('h1')?.text]).toEqual([
      500,
      'Something went wrong on our side.',
    ]);
    expect(page.text).not.toMatch(/audit_events|relation|insert|\.js|canary/i);
    expect(page.text).toContain(page.headers.get('x-request-id'));
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(page.headers.get('cache-control')).toBe('no-store');
  });

  test('changes nothing by half', async () => {
    await failingForm();
    const [{ claims }] = await server.database.knex('accounts').select('claims');
    expect(claims).toEqual({});
  });

  test('is in the log with its stack, under that id, and without what was typed', async () => {
    const page = await failingForm();
    const lines = server
      .logged()
      .split('\n')
      .filter((line) => line.includes(page.headers.get('x-request-id')!));
    const failure = lines.map((line) => JSON.parse(line)).find((line) => line.msg === 'request failed');
    expect(failure).toMatchObject({
      path: '/account/edit',
      method: 'POST',
      status: 500,
      err: { code: '42P01' },
    });
    expect(failure.err.stack).toMatch(/\n +at /);
    expect(JSON.stringify(failure)).not.toContain('canary');
  });

  test('is server_error at the token endpoint, and says no more', async () => {
    const fields = { grant_type: 'password', username: 'alice', password: 'wrong' };
    const answer = await post(server, '/o/token', fields, basic(app));
    expect([answer.status, answer.body.error]).toEqual([500, 'server_error']);
    expect(JSON.stringify(answer.body)).not.toMatch(/audit_events|relation|\.js/);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });
});

describe('a database out of reach', () => {
  test('is 503 with Retry-After, not ready but alive, and over when it is back (R-04)', async () => {
    const own = await createTestDatabase();
    const cable = await startCable(Number(new URL(own.url).port));
    const url = new URL(own.url);
    url.port = String(cable.port);
    const node = await startTestServer({ DATABASE_URL: url.href });
    try {
      await createPerson(node, 'alice');
      const visitor = await signIn(node, 'alice');
      cable.cut();
      const page = await visitor.open('/account');
      expect([page.status, page.html.querySelector('h1')?.text]).toEqual([
        503,
        'The server is busy at the moment.',
      ]);
      expect(Number(page.headers.get('retry-after'))).toBeGreaterThan(0);
      const asked = await post(
        node,
        '/o/token',
        { grant_type: 'client_credentials' },
        basic({ clientId: 'x', secret: 'x' }),
      );
      expect([asked.status, Number(asked.headers.get('retry-after')) > 0]).toEqual([503, true]);
      expect((await fetch(`${node.url}/readyz`)).status).toBe(503);
      for (const path of ['/healthz', '/.well-known/jwks.json', '/assets/latchkey.css']) {
        expect([path, (await fetch(node.url + path)).status]).toEqual([path, 200]);
      }
      cable.mend();
      expect((await visitor.open('/account')).status).toBe(200);
      expect((await fetch(`${node.url}/readyz`)).status).toBe(200);
    } finally {
      await node.stop();
      await cable.stop();
      await own.drop();
    }
  });
});

test('somebody who is not signed in is led to the sign-in by a page, and told 401 by a program', async () => {
  const page = await newBrowser(server.url).request('/account');
  expect([page.status, page.location]).toEqual([303, `${server.url}/login?next=%2Faccount`]);
  const json = await newBrowser(server.url).request('/account', JSON_ONLY);
  expect([json.status, JSON.parse(json.text).error]).toEqual([401, 'login_required']);
});
