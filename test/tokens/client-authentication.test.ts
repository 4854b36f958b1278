import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type Answer, basic, byPassword, post } from '../support/oauth.js';
import { createApp, createPerson, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let app: TestApplication;
let other: TestApplication;
let spa: TestApplication;

beforeAll(async () => {
  server = await startTestServer();
  await createPerson(server, 'alice');
  app = await createApp(server, { grantTypes: ['client_credentials', 'refresh_token', 'password'] });
  other = await createApp(server, { grantTypes: ['client_credentials'] });
  spa = await createApp(server, { clientType: 'public', grantTypes: ['password', 'refresh_token'] });
});

afterAll(() => server.stop());

const countTokens = async () => (await server.database.knex('access_tokens')).length;
let stored = 0;
beforeAll(async () => {
  stored = await countTokens();
});
// Whatever a test was answered, what is stored is what was given.
afterEach(async () => {
  expect(await countTokens()).toBe(stored);
});

async function ask(
  body: Record<string, string>,
  headers: Record<string, string> = {},
  path = '/o/token',
): Promise<Answer> {
  const answer = await post(server, path, { grant_type: 'client_credentials', ...body }, headers);
  if (answer.status === 200) stored++;
  return answer;
}

const header = (value: string) => ({ authorization: value });
const encoded = (text: string) => Buffer.from(text).toString('base64');

describe('a confidential application authenticates', () => {
  test('by Basic, by the body, and by both at once when they agree (TK-01 as CONTRACT has it)', async () => {
    const inBody = { client_id: app.clientId, client_secret: app.secret };
    expect((await ask({}, basic(app))).status).toBe(200);
    expect((await ask(inBody)).status).toBe(200);
    expect((await ask(inBody, basic(app))).status).toBe(200);
    expect((await ask({ client_id: app.clientId }, basic(app))).status).toBe(200);
    expect((await ask({ client_secret: app.secret }, basic(app))).status).toBe(200);
    // Without /o and with a slash as well.
    for (const path of ['/token', '/token/', '/o/token/'])
      expect((await ask({}, basic(app), path)).status).toBe(200);
  });

  test('with secrets of A-Za-z0-9 only, so that percent-encoding changes nothing (TK-07)', async () => {
    expect(app.secret).toMatch(/^[A-Za-z0-9]{40,}$/);
    expect(app.clientId).toMatch(/^[A-Za-z0-9]{20,}$/);
    const percent = [...`${app.clientId}`].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join('');
    expect((await ask({}, header(`Basic ${encoded(`${percent}:${app.secret}`)}`))).status).toBe(200);
  });

  test('with the scheme in any case (TK-06)', async () => {
    for (const scheme of ['basic', 'BASIC', 'bAsIc']) {
      expect((await ask({}, header(`${scheme} ${encoded(`${app.clientId}:${app.secret}`)}`))).status).toBe(
        200,
      );
    }
  });
});

test('a public application may name itself by Basic without a secret, as oidc-agent does', async () => {
  const body = { grant_type: 'refresh_token', refresh_token: 'x' };
  const named = basic({ ...spa, secret: '' });
  expect(await ask(body, named)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  expect(await ask({ ...body, client_id: spa.clientId }, named)).toMatchObject({
    status: 400,
    body: { error: 'invalid_grant' },
  });
  expect(await ask({ ...body, client_id: app.clientId }, named)).toMatchObject({
    status: 400,
    body: { error: 'invalid_request' },
  });
});

describe('refused', () => {
  test('Basic and body that disagree: 400 invalid_request (TK-01, TK-02)', async () => {
    const refusals = await Promise.all([
      ask({ client_secret: 'another' }, basic(app)),
      ask({ client_id: other.clientId }, basic(app)),
      ask({ client_id: app.clientId }, basic(other)),
      ask({ client_id: other.clientId, client_secret: other.secret }, basic(app)),
      ask({ client_id: app.clientId, client_secret: app.secret }, basic(other)),
      ask({ client_id: app.clientId, client_secret: app.secret }, basic({ ...app, secret: 'wrong' })),
    ]);
    for (const answer of refusals)
      expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  });

  test('a confidential application without its secret (TK-03, TK-05)', async () => {
    const bare = await ask({ client_id: app.clientId });
    expect(bare).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    expect(bare.body.error_description).toMatch(/no client_secret was sent/);
    const attempts = [
      await ask({ client_id: app.clientId, client_secret: '' }),
      await ask({}, basic({ ...app, secret: '' })),
      await ask({}, basic({ ...app, secret: '%00' })),
      await ask({}, header(`Basic ${encoded(`${app.clientId}:\0`)}`)),
      await ask({}, basic({ ...app, secret: `${app.secret} ` })),
      await ask({ client_id: app.clientId, client_secret: `${app.secret} ` }),
      await ask({ client_id: app.clientId, client_secret: app.secret.toLowerCase() }),
      await ask({ client_id: app.clientId, client_secret: app.secret.slice(0, -1) }),
    ];
    for (const { status, body } of attempts) {
      expect([400, 401]).toContain(status);
      expect(['invalid_request', 'invalid_client']).toContain(body.error);
    }
  });

  test.each(['header', 'body'])(
    'a wrong secret by the %s: 401 invalid_client with a challenge of Basic (TK-04)',
    async (where) => {
      const wrong = { ...app, secret: 'wrong' };
      const answer =
        where === 'header'
          ? await ask({}, basic(wrong))
          : await ask({ client_id: app.clientId, client_secret: 'wrong' });
      expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
      expect(answer.headers.get('www-authenticate')).toMatch(/^Basic realm="[^"]+"/);
      expect(answer.headers.get('www-authenticate')?.match(/Basic/g)).toHaveLength(1);
    },
  );

  test('a public application that makes up a secret (TK-05)', async () => {
    const body = {
      grant_type: 'password',
      username: 'alice',
      password: 'x',
      client_id: spa.clientId,
      client_secret: 'made up',
    };
    expect(await ask(body)).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    expect(
      await ask({ grant_type: 'refresh_token', refresh_token: 'x' }, basic({ ...spa, secret: 'made up' })),
    ).toMatchObject({
      status: 401,
      body: { error: 'invalid_client' },
    });
  });

  test('nothing at all: 401 invalid_client that says so', async () => {
    const answer = await ask({});
    expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    expect(answer.body.error_description).toMatch(/no client credentials/);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Basic /);
  });

  test('every malformed header, without a 5xx (TK-06)', async () => {
    const good = encoded(`${app.clientId}:${app.secret}`);
    const values = [
      `Basic  ${good}`,
      `Basic ${good} junk`,
      `Basic ${good}==junk`,
      `Basic =${good}`,
      `Basic ${good.slice(0, 8)} ${good.slice(8)}`,
      `Basic ${encoded('nocolon')}`,
      `Basic ${encoded(':')}`,
      `Basic ${encoded(`:${app.secret}`)}`,
      `Basic ${Buffer.from([0xff, 0xfe, 0x3a, 0xff]).toString('base64')}`,
      `Basic ${encoded(`${app.clientId}:%`)}`,
      `Basic ${encoded(`${app.clientId}:%zz`)}`,
      `Basic ${'A'.repeat(10_000)}`,
      'Basic',
      'Basic ',
      'Basic !!!!',
      `Bearer ${good}`,
      'Bearer x',
      `Digest username="${app.clientId}"`,
      good,
      'Basic \u00e9\u00ff',
    ];
    for (const value of values) {
      const { status, body } = await ask({}, header(value));
      expect([value, status]).toEqual([value, expect.any(Number)]);
      expect([400, 401]).toContain(status);
      expect(['invalid_request', 'invalid_client']).toContain(body.error);
    }
  });

  test('an unknown application exactly like a wrong secret (TK-27)', async () => {
    // But for the id of the request, which stands in its header and in error_uri.
    const comparable = ({ status, headers, body }: Answer) => ({
      status,
      body: JSON.stringify(body).replace(headers.get('x-request-id') ?? '', 'ID'),
      headers: [...headers].filter(([name]) => !['date', 'x-request-id'].includes(name)),
    });
    const unknown = { clientId: 'A'.repeat(app.clientId.length), secret: 'wrong' };
    for (const path of ['/o/token', '/o/revoke_token', '/o/introspect']) {
      const form = { grant_type: 'client_credentials', token: 'x' };
      const [one, two] = [
        await post(server, path, form, basic(unknown)),
        await post(server, path, form, basic({ ...app, secret: 'wrong' })),
      ];
      expect(one.status).toBe(401);
      expect(comparable(one)).toEqual(comparable(two));
      const [three, four] = [
        await post(server, path, { ...form, client_id: unknown.clientId, client_secret: 'wrong' }),
        await post(server, path, { ...form, client_id: app.clientId, client_secret: 'wrong' }),
      ];
      expect(three.status).toBe(401);
      expect(comparable(three)).toEqual(comparable(four));
    }
  });

  test('and a refused refresh leaves the refresh token alive', async () => {
    const tokens = await byPassword(server, app, 'alice');
    const body = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token };
    await ask(body, basic({ ...app, secret: 'wrong' }));
    await ask({ ...body, client_id: app.clientId });
    expect((await ask(body, basic(app))).status).toBe(200);
    // One by the password, and the refresh replaced it.
  });
});
