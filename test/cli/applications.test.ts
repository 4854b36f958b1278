/** `latchkey app` while a server runs on the same database. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { backToPresent, travel } from '../support/clock.js';
import { latchkey } from '../support/command.js';
import { basic, post } from '../support/oauth.js';
import { createPerson } from '../support/people.js';
import { SECRET_KEY, startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await createPerson(server, 'alice');
});

afterEach(backToPresent);

afterAll(() => server.stop());

const run = (...args: string[]) =>
  latchkey(['app', ...args], { environment: { DATABASE_URL: server.databaseUrl, SECRET_KEY } });

async function json(...args: string[]) {
  const result = await run(...args, '--json');
  expect({ ...result, stdout: '' }).toEqual({ code: 0, stderr: '', stdout: '' });
  return JSON.parse(result.stdout);
}

const BASICS = ['--name', 'Made by hand', '--owner', 'alice', '--type', 'confidential'];
const WEB = [
  ...BASICS,
  '--grant',
  'authorization-code',
  'refresh-token',
  '--redirect-uri',
  'https://c1.test/cb',
];
const MACHINE = [...BASICS, '--grant', 'client-credentials'];

async function works(clientId: string, secret: string): Promise<boolean> {
  const answer = await post(
    server,
    '/o/token',
    { grant_type: 'client_credentials' },
    basic({ clientId, secret }),
  );
  return answer.status === 200;
}

describe('latchkey app create', () => {
  test('prints the client id and the secret, which work', async () => {
    const made = await json('create', ...MACHINE);
    expect(made.client_id).toMatch(/^[A-Za-z0-9]{40}$/);
    expect(made.client_secret).toMatch(/^[A-Za-z0-9]{128}$/);
    expect(await works(made.client_id, made.client_secret)).toBe(true);
  });

  test('prints them for people too, and says that the secret is shown once', async () => {
    const { stdout } = await run('create', ...MACHINE);
    const [, clientId, secret] =
      /^client_id: +(\w{40})\nclient_secret: (\w{128})\n.*never again\.\n$/.exec(stdout) ?? [];
    expect(await works(clientId!, secret!)).toBe(true);
  });

  test('takes every setting', async () => {
    const options = [
      ...['--name', 'Everything', '--owner', 'ALICE', '--type', 'public'],
      ...['--grant', 'authorization-code', '--grant', 'refresh_token', '--grant', 'device-code'],
      ...['--redirect-uri', 'https://c1.test/cb', '--redirect-uri', 'com.example.app:/cb'],
      ...['--post-logout-redirect-uri', 'https://c1.test/bye', '--cors-origin', 'https://spa.c1.test'],
      ...['--scope', 'read', '--scope', 'openid profile'],
      ...['--kind', 'native', '--description', 'All of it', '--contact', 'dev@c1.test', 'ops@c1.test'],
      ...[
        '--default-scope',
        'read',
        '--skip-consent',
        '--pkce',
        'optional',
        '--redirect-match',
        'extra-query',
      ],
      ...[
        '--access-token-lifetime',
        '600',
        '--refresh-token-lifetime',
        '7200',
        '--refresh-grace-period',
        '0',
      ],
      ...['--id-token-alg', 'ES256', '--token-format', 'jwt'],
    ];
    const made = await json('create', ...options);
    expect(made).toMatchObject({
      name: 'Everything',
      kind: 'native',
      description: 'All of it',
      contacts: ['dev@c1.test', 'ops@c1.test'],
      client_type: 'public',
      grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
      redirect_uris: ['https://c1.test/cb', 'com.example.app:/cb'],
      post_logout_redirect_uris: ['https://c1.test/bye'],
      cors_origins: ['https://spa.c1.test'],
      scopes: ['read', 'openid', 'profile'],
      default_scopes: ['read'],
      consent: 'skip',
      skip_consent: true,
      introspect_any: false,
      pkce: 'optional',
      redirect_match: 'extra-query',
      access_token_lifetime: 600,
      refresh_token_lifetime: 7200,
      refresh_grace_period: 0,
      id_token_alg: 'ES256',
      token_format: 'jwt',
      is_enabled: true,
    });
    expect(made).not.toHaveProperty('client_secret');
    expect(await json('show', made.client_id)).toMatchObject({ ...made, standing: null });
  });

  test('needs no more than a name, an owner, a kind and where people come back to', async () => {
    const common = ['--name', 'Short', '--owner', 'alice'];
    const spa = await json('create', ...common, '--kind', 'spa', '--redirect-uri', 'https://c1.test/cb');
    expect(spa).toMatchObject({
      kind: 'spa',
      client_type: 'public',
      grant_types: ['authorization_code', 'refresh_token'],
      pkce: 'required',
      consent: 'once',
    });
    const service = await json('create', ...common, '--kind', 'service', '--consent', 'always');
    expect(service).toMatchObject({
      grant_types: ['client_credentials'],
      redirect_uris: [],
      consent: 'always',
    });
    expect(await works(service.client_id, service.client_secret)).toBe(true);
  });

  test.each([
    [
      'no such owner',
      ['--name', 'x', '--owner', 'nobody', '--type', 'confidential', '--grant', 'client-credentials'],
      1,
      /no user "nobody"/,
    ],
    ['no name', ['--owner', 'alice', '--type', 'confidential', '--grant', 'client-credentials'], 2, /--name/],
    [
      'an empty name',
      ['--name', '', '--owner', 'alice', '--type', 'confidential', '--grant', 'client-credentials'],
      1,
      /name/,
    ],
    [
      'an unknown type',
      ['--name', 'x', '--owner', 'alice', '--type', 'secret', '--grant', 'password'],
      2,
      /confidential, public/,
    ],
    ['an unknown grant', [...BASICS, '--grant', 'implicit'], 1, /"implicit" is no grant/],
    ['no redirect URI', [...BASICS, '--grant', 'authorization-code'], 1, /at least one redirect URI/],
    [
      'a bad redirect URI',
      [...BASICS, '--grant', 'authorization-code', '--redirect-uri', 'javascript:alert(1)'],
      1,
      /javascript:/,
    ],
    ['no kind and no type', ['--name', 'x', '--owner', 'alice'], 1, /kind or a client type/],
    ['an unknown kind', ['--name', 'x', '--owner', 'alice', '--kind', 'robot'], 2, /web, spa, native/],
    ['a contact that is no address', [...MACHINE, '--contact', 'nobody'], 1, /not an email address/],
    ['an unknown scope', [...MACHINE, '--scope', 'admin'], 1, /no scope "admin"/],
    ['a lifetime in words', [...MACHINE, '--access-token-lifetime', 'forever'], 1, /whole number/],
    ['an unknown PKCE rule', [...WEB, '--pkce', 'plain'], 2, /required, optional/],
  ])('%s is refused on stderr, and registers nothing', async (_, args, code, reason) => {
    const before = await server.database.knex('applications');
    const result = await run('create', ...args, '--json');
    expect([result.code, result.stdout]).toEqual([code, '']);
    expect(result.stderr).toMatch(reason);
    expect(result.stderr).not.toMatch(/\n +at |node_modules/);
    expect(await server.database.knex('applications')).toEqual(before);
  });
});

describe('latchkey app list and show', () => {
  test('name every application and no secret', async () => {
    const made = await json('create', ...WEB);
    const listed = await json('list');
    expect(listed.find((app: { client_id: string }) => app.client_id === made.client_id)).toMatchObject({
      name: 'Made by hand',
      owner: 'alice',
    });
    expect((await run('list')).stdout).toMatch(new RegExp(`${made.client_id} +Made by hand +web +alice`));
    const shown = (await run('show', made.client_id)).stdout;
    expect(shown).toMatch(/redirect_uris: +https:\/\/c1\.test\/cb/);
    for (const text of [JSON.stringify(listed), shown]) expect(text).not.toMatch(/secret|sha256/);
  });
});

describe('latchkey app rotate-secret', () => {
  test('prints a new secret in the place of the old one', async () => {
    const { client_id: id, client_secret: old } = await json('create', ...MACHINE);
    const rotated = await json('rotate-secret', id);
    expect(Object.keys(rotated)).toEqual(['client_id', 'client_secret']);
    travel(1);
    expect([await works(id, old), await works(id, rotated.client_secret)]).toEqual([false, true]);
  });

  test('with --overlap lets the old one work for a while', async () => {
    const { client_id: id, client_secret: old } = await json('create', ...MACHINE);
    const { client_secret: fresh } = await json('rotate-secret', id, '--overlap', '3600');
    expect([await works(id, old), await works(id, fresh)]).toEqual([true, true]);
    travel(3601);
    expect([await works(id, old), await works(id, fresh)]).toEqual([false, true]);
  });

  test('refuses an overlap that is no number, and a public application', async () => {
    const { client_id: id, client_secret: secret } = await json('create', ...MACHINE);
    expect((await run('rotate-secret', id, '--overlap', 'soon')).code).toBe(2);
    expect(await works(id, secret)).toBe(true);
    const open = await json('create', ...WEB.map((word) => (word === 'confidential' ? 'public' : word)));
    expect(await run('rotate-secret', open.client_id)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('no secret'),
    });
  });
});

test('latchkey app delete ends it on the running server', async () => {
  const { client_id: id, client_secret: secret } = await json('create', ...MACHINE);
  expect((await run('delete', id)).stdout).toBe('Deleted Made by hand. Its tokens stopped working.\n');
  travel(1);
  expect(await works(id, secret)).toBe(false);
  expect((await json('list')).map((app: { client_id: string }) => app.client_id)).not.toContain(id);
});

test.each(['show', 'delete', 'rotate-secret'])(
  'latchkey app %s of a client id that does not exist',
  async (command) => {
    const result = await run(command, 'nothing');
    expect(result).toEqual({
      code: 1,
      stdout: '',
      stderr: 'There is no application with the client id "nothing".\n',
    });
  },
);
