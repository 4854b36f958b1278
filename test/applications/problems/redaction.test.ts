/** What is kept of a refused request holds nothing that could be used (ASVS 14.2.6): random secrets in every place. */
import { createHash, randomBytes, randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { backToPresent, travel } from '../../support/clock.js';
import { basic, post } from '../../support/oauth.js';
import type { TestApplication } from '../../support/people.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { makeWorld, type World } from './world.js';

const PARAMETERS = [
  'client_id',
  'client_secret',
  'code',
  'code_verifier',
  'code_challenge',
  'code_challenge_method',
  'redirect_uri',
  'post_logout_redirect_uri',
  'refresh_token',
  'access_token',
  'token',
  'token_type_hint',
  'username',
  'password',
  'scope',
  'state',
  'nonce',
  'prompt',
  'max_age',
  'claims',
  'grant_type',
  'response_type',
  'response_mode',
  'id_token_hint',
  'login_hint',
  'acr_values',
  'device_code',
  'user_code',
  'ui_locales',
  'a_parameter_of_nobody',
];

let server: TestServer;
let world: World;
let app: TestApplication;

beforeAll(async () => {
  server = await startTestServer();
  world = await makeWorld(server);
  app = await world.newApp();
});
afterAll(async () => {
  backToPresent();
  await server.stop();
});

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Secrets as this server and others make them. */
const MAKERS: Record<string, () => string> = {
  letters: () => Array.from({ length: randomInt(20, 129) }, () => LETTERS[randomInt(62)]).join(''),
  base64url: () => randomBytes(32).toString('base64url'),
  hex: () => randomBytes(32).toString('hex'),
  'personal token': () => `lkp_${Array.from({ length: 46 }, () => LETTERS[randomInt(62)]).join('')}`,
  JWT: () =>
    ['{"alg":"RS256"}', `{"sub":"${randomInt(1e9)}"}`, randomBytes(64)]
      .map((part) => Buffer.from(part).toString('base64url'))
      .join('.'),
};

/** The ways in which something may be written down. */
function spellings(value: string): string[] {
  const base64 = Buffer.from(value).toString('base64').replace(/=+$/, '');
  return [
    value,
    encodeURIComponent(value),
    new URLSearchParams({ v: value }).toString().slice(2),
    JSON.stringify(value).slice(1, -1),
    base64,
    base64.replaceAll('+', '-').replaceAll('/', '_'),
    Buffer.from(value).toString('hex'),
    createHash('sha256').update(value).digest('hex'),
  ];
}

async function keptText(): Promise<string> {
  await world.developer.open(`/applications/${app.id}/problems`);
  const { rows } = await server.database.knex.raw<{ rows: { text: string }[] }>(
    'SELECT t::text AS text FROM refused_requests t',
  );
  return rows.map(({ text }) => text).join('\n');
}

/** Sends the secret in a place; each must end in a row, or there would be nothing to look at. */
const SENDERS: Record<string, (name: string, secret: string) => Promise<Response>> = {
  'the body of a token request': (name, secret) =>
    fetch(`${server.url}/o/token`, {
      method: 'POST',
      headers: basic(app),
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'x', [name]: secret }),
    }),
  'the URL of a token request': (name, secret) =>
    fetch(`${server.url}/o/token?${new URLSearchParams({ [name]: secret })}`, {
      method: 'POST',
      headers: basic(app),
      body: new URLSearchParams({ grant_type: 'authorization_code', code: 'x' }),
    }),
  'an authorization request': (name, secret) => {
    const query = {
      response_type: 'code',
      redirect_uri: 'https://nowhere.test/',
      client_id: app.clientId,
      [name]: secret,
    };
    return fetch(`${server.url}/o/authorize?${new URLSearchParams(query)}`, { redirect: 'manual' });
  },
  'a redirect URI': (name, secret) => {
    const redirect_uri = `https://${secret}@nowhere.test/cb/${secret}?${name}=${secret}&${secret}=1#${secret}`;
    const query = { response_type: 'code', redirect_uri, client_id: app.clientId };
    return fetch(`${server.url}/o/authorize?${new URLSearchParams(query)}`, { redirect: 'manual' });
  },
  'the name of a parameter': (name, secret) =>
    fetch(`${server.url}/o/token`, {
      method: 'POST',
      headers: basic(app),
      body: new URLSearchParams({ [secret]: name, [`{"${name}":"${secret}"}`]: '', grant_type: 'unknown' }),
    }),
  headers: (_name, secret) =>
    fetch(`${server.url}/o/token`, {
      method: 'POST',
      headers: {
        ...basic({ ...app, secret }),
        authentication: `Bearer ${secret}`,
        'user-agent': `x/1 ${secret}`,
        origin: `https://${secret}.test`,
      },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    }),
};

describe.each(Object.keys(MAKERS))('a secret of %s', (kind) => {
  test.each(Object.keys(SENDERS))('in %s is not kept, whatever the parameter', async (place) => {
    await server.database.knex('refused_requests').delete();
    const secrets: string[] = [];
    for (const name of PARAMETERS) {
      // So that none is left out for want of room.
      travel(120);
      const secret = MAKERS[kind]!();
      secrets.push(secret);
      await SENDERS[place]!(name, secret);
    }
    const kept = await keptText();
    // A request whose client id was replaced is nobody's.
    expect(kept.split('\n').length).toBeGreaterThan(PARAMETERS.length / 2);
    const found = secrets.filter((secret) => spellings(secret).some((each) => kept.includes(each)));
    expect(found).toEqual([]);
  });
});

test('the password of a person is not kept, wherever it was sent as well', async () => {
  await server.database.knex('refused_requests').delete();
  const password = 'correct horse, battery & staple';
  const words = {
    grant_type: 'password',
    username: 'alice',
    password,
    scope: password,
    redirect_uri: `https://x.test/${password}`,
  };
  await post(server, '/o/token', words, basic(app));
  const kept = await keptText();
  expect(kept).toContain('password');
  expect(spellings(password).filter((each) => kept.includes(each))).toEqual([]);
  expect(kept).not.toContain('alice');
});

test('a request of thousands of parameters and odd characters is kept in short', async () => {
  await server.database.knex('refused_requests').delete();
  travel(3600);
  const many = Array.from({ length: 2000 }, (_, index) => [`a${index}`, 'b'.repeat(9)]);
  const body = {
    client_id: app.clientId,
    grant_type: '\ud800\0\u202e',
    scope: 'a\0b\udfff',
    ...Object.fromEntries(many),
  };
  const answer = await post(server, '/o/token', JSON.stringify(body), { 'content-type': 'application/json' });
  expect(answer.status).toBe(400);
  const kept = await keptText();
  expect(kept).toContain('body.json');
  expect(kept.length).toBeLessThan(5_000);
});

test('what the protocol says openly is kept as it was sent', async () => {
  await server.database.knex('refused_requests').delete();
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: app.clientId,
    redirect_uri:
      'https://my-app-git-feature-abc123-team.preview.test/accounts/oidc/latchkey/login/callback/',
    scope: 'openid profile email',
    code_challenge_method: 'S256',
  });
  await fetch(`${server.url}/o/authorize?${query}`, { redirect: 'manual' });
  const kept = await keptText();
  for (const value of query.values()) expect(kept).toContain(value);
});
