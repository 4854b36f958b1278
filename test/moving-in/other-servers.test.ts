/** `latchkey import keycloak` and `latchkey import auth0`, with files as those servers write them. */
import { pbkdf2Sync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import argon2 from 'argon2';
import bcrypt from 'bcrypt';
import { latchkey } from '../support/command.js';
import { token } from '../support/oauth.js';
import { authorizeUrl, PASSWORD, signIn, type TestApplication } from '../support/people.js';
import { SECRET_KEY, startTestServer, type TestServer } from '../support/server.js';

const folder = mkdtempSync(join(tmpdir(), 'latchkey-others-'));
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

const run = (...args: string[]) =>
  latchkey(['import', ...args], { environment: { DATABASE_URL: server.databaseUrl, SECRET_KEY } });
const accountOf = (username: string) => server.database.knex('accounts').where({ username }).first();

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** A credential of Keycloak: JSON in strings within the JSON. */
const credential = (secret: object, data: object) => ({
  type: 'password',
  secretData: JSON.stringify({ ...secret, additionalParameters: {} }),
  credentialData: JSON.stringify(data),
});

function byPbkdf2() {
  const salt = Buffer.from('0123456789abcdef');
  const value = pbkdf2Sync(PASSWORD, salt, 27_500, 64, 'sha256').toString('base64');
  const data = { hashIterations: 27_500, algorithm: 'pbkdf2-sha256', additionalParameters: {} };
  return credential({ value, salt: salt.toString('base64') }, data);
}

async function byArgon2() {
  const options = { type: argon2.argon2id, memoryCost: 7168, timeCost: 5, parallelism: 1, hashLength: 32 };
  const [salt, value] = (await argon2.hash(PASSWORD, options)).split('$').slice(-2);
  const additionalParameters = {
    hashLength: ['32'],
    memory: ['7168'],
    type: ['id'],
    version: ['1.3'],
    parallelism: ['1'],
  };
  // Keycloak pads its base64.
  return credential(
    { value: `${value}=`, salt: `${salt}==` },
    { hashIterations: 5, algorithm: 'argon2', additionalParameters },
  );
}

const WEB = { clientId: 'web', secret: 'a secret of Keycloak', redirectUris: ['https://c1.test/cb'] };

async function makeRealm() {
  return {
    id: '7e1c7b0a-0000-0000-0000-000000000001',
    realm: 'example',
    accessTokenLifespan: 300,
    ssoSessionIdleTimeout: 1800,
    groups: [
      {
        id: 'g1',
        name: 'writers',
        path: '/writers',
        subGroups: [{ id: 'g2', name: 'poets', path: '/writers/poets' }],
      },
    ],
    users: [
      {
        id: 'a1c7b0a0-0000-0000-0000-00000000000a',
        username: 'ada',
        email: 'ada@example.com',
        emailVerified: true,
        enabled: true,
        firstName: 'Ada',
        lastName: 'Example',
        createdTimestamp: 1_600_000_000_000,
        credentials: [byPbkdf2()],
        groups: ['/writers/poets'],
        realmRoles: ['default-roles-example', 'auditor'],
      },
      { id: 'b1', username: 'bob', enabled: true, credentials: [await byArgon2()] },
      { id: 'c1', username: 'carol', enabled: false, credentials: [{ type: 'otp' }] },
      { id: 'd1', username: 'service-account-robot', serviceAccountClientId: 'robot' },
    ],
    clients: [
      { clientId: 'account', name: `\${client_account}` },
      {
        ...WEB,
        name: 'Web',
        redirectUris: ['https://c1.test/cb', 'https://c1.test/*'],
        webOrigins: ['+'],
        attributes: { 'access.token.lifespan': '600', 'post.logout.redirect.uris': 'https://c1.test/bye##+' },
      },
      { clientId: 'robot', secret: '**********', standardFlowEnabled: false, serviceAccountsEnabled: true },
      { clientId: 'api', bearerOnly: true },
      { clientId: 'old', protocol: 'saml' },
    ],
  };
}

describe('a realm of Keycloak', () => {
  let file: string;

  beforeAll(async () => {
    file = write('realm.json', JSON.stringify(await makeRealm()));
  });

  test('comes over, and what does not is named', async () => {
    const { code, stdout } = await run('keycloak', file);
    expect(code).toBe(0);
    expect(stdout).toMatch(/users +3 +0 +0\ngroups +2 +0 +0\napplications +2 +0 +3\n/);
    for (const line of [
      /wildcard[^\n]*\n +Web: https:\/\/c1\.test\/\*/,
      /they speak saml\n +old/,
      /no tokens[^\n]*\n +api/,
    ])
      expect(stdout).toMatch(line);
    for (const line of [
      /roles stay behind[^\n]*\n +ada/,
      /second factors[^\n]*\n +carol/,
      /need new ones\n +robot/,
      /`sub` is another/,
    ])
      expect(stdout).toMatch(line);
    expect(await accountOf('ada')).toMatchObject({
      first_name: 'Ada',
      created_at: new Date(1_600_000_000_000),
    });
    expect((await accountOf('ada')).email_verified_at).toBeInstanceOf(Date);
    expect((await accountOf('carol')).disabled_at).toBeInstanceOf(Date);
  });

  test.each(['ada', 'bob'])(
    '%s signs in with the old password, which is hashed our way then',
    async (name) => {
      const before = (await accountOf(name)).password_hash;
      await signIn(server, name);
      expect((await accountOf(name)).password_hash).not.toBe(before);
      expect((await accountOf(name)).password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,/);
    },
  );

  test('a client signs people in as before: no consent where none was asked, its lifetimes, its secret', async () => {
    const app = { ...WEB, clientType: 'confidential' } as TestApplication;
    const page = await (await signIn(server, 'ada')).open(authorizeUrl(app, { scope: 'read groups' }));
    const code = new URL(page.location ?? '').searchParams.get('code') ?? '';
    const body = { grant_type: 'authorization_code', code, redirect_uri: 'https://c1.test/cb' };
    const answer = await token(server, app, body);
    expect(answer).toMatchObject({ status: 200, body: { expires_in: 600 } });
    const profile = await fetch(`${server.url}/profile`, {
      headers: { authorization: `Bearer ${answer.body.access_token}` },
    });
    expect(await profile.json()).toMatchObject({ username: 'ada', groups: ['writers/poets'] });
  });

  test('a second import brings nothing twice', async () => {
    const report = JSON.parse((await run('keycloak', file, '--json')).stdout);
    expect(report).toMatchObject({
      brought: { users: 0, applications: 0 },
      here_before: { users: 3, applications: 2 },
    });
  });
});

describe('the users of Auth0', () => {
  const HASHED = { _id: { $oid: '5f7c8ec7c33c6c004bbafe82' }, email: 'dora@example.com', passwordHash: '' };

  test('come with the passwords of the second file, as soon as it is there', async () => {
    const users = write(
      'users.ndjson',
      [
        {
          user_id: 'auth0|5f7c8ec7c33c6c004bbafe82',
          email: 'dora@example.com',
          email_verified: true,
          given_name: 'Dora',
          nickname: 'dori',
          created_at: '2020-10-06T15:36:07.000Z',
        },
        { user_id: 'google-oauth2|1', email: 'emil@example.com', blocked: true },
        { user_id: 'auth0|2' },
      ]
        .map((user) => JSON.stringify(user))
        .join('\n'),
    );
    const first = await run('auth0', users);
    expect(first.stdout).toMatch(/users +2 +0 +1\n/);
    expect(first.stdout).toMatch(/another service[^\n]*\n +emil@example\.com/);
    expect(await accountOf('dora@example.com')).toMatchObject({
      password_hash: null,
      claims: { nickname: 'dori' },
    });
    expect((await accountOf('emil@example.com')).disabled_at).toBeInstanceOf(Date);

    const hashes = write(
      'hashes.ndjson',
      JSON.stringify({ ...HASHED, passwordHash: await bcrypt.hash(PASSWORD, 10) }),
    );
    const second = JSON.parse((await run('auth0', users, '--hashes', hashes, '--json')).stdout);
    expect(second).toMatchObject({ brought: { users: 0 }, followed: 1 });
    await signIn(server, 'dora@example.com');
    expect((await accountOf('dora@example.com')).password_hash).toMatch(/^\$argon2id\$/);
  });

  test('a line that is no user is refused with its number', async () => {
    const { code, stderr } = await run(
      'auth0',
      write('wrong.ndjson', '{"user_id": "auth0|9", "email": "f@example.com"}\n[]\n'),
    );
    expect([code, stderr]).toEqual([1, expect.stringMatching(/Line 2 of .* is no user of Auth0/)]);
    expect(await accountOf('f@example.com')).toBeUndefined();
  });
});
