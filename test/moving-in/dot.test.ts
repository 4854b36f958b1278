/**
 * The move of a Django OAuth Toolkit site: a real one, filled by its own code and by clients over HTTP, is imported, and
 * its people and clients go on here with what they have.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type CommandResult, latchkey } from '../support/command.js';
import { createTestDatabase } from '../support/database.js';
import { introspect, post, profile, refresh, revoke, token } from '../support/oauth.js';
import {
  authorizeUrl,
  CALLBACK,
  createPerson,
  PASSWORD,
  signIn,
  type TestApplication,
} from '../support/people.js';
import { SECRET_KEY, startTestServer, type TestServer } from '../support/server.js';
import {
  byItselfAtDot,
  byPasswordAtDot,
  fillSite,
  HASHERS,
  MOBILE,
  ROBOT,
  refreshAtDot,
  SPA,
  signInAtDot,
  type Tokens,
  WEB,
} from './dot-people.js';
import {
  type DotSite,
  describeWithDot,
  djangoPostgres,
  djangoSqlite,
  startDotSite,
  type Version,
} from './dot-site.js';

interface Place {
  /** For DATABASES of Django. */
  django: Record<string, string>;
  /** For --from. */
  from: string;
  remove(): Promise<void>;
}

async function inPostgres(): Promise<Place> {
  const database = await createTestDatabase({ empty: true });
  return { django: djangoPostgres(database.url), from: database.url, remove: database.drop };
}

async function inSqlite(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-dot-'));
  const path = join(folder, 'db.sqlite3');
  return { django: djangoSqlite(path), from: path, remove: async () => rmSync(folder, { recursive: true }) };
}

const asClient = (app: typeof WEB): TestApplication =>
  ({ ...app, clientType: 'confidential', redirectUris: [CALLBACK] }) as TestApplication;

const DUMP = `
import hashlib, io
from django.core.management import call_command
dump = io.StringIO()
call_command("dumpdata", stdout=dump)
answer = hashlib.sha256(dump.getvalue().encode()).hexdigest()
`;

const CASES: [string, Version, () => Promise<Place>, Record<string, unknown>][] = [
  ['3.4 on PostgreSQL', '3.4', inPostgres, {}],
  ['3.4 that stores only checksums of tokens, in SQLite', '3.4', inSqlite, { hash_tokens: true }],
  ['1.7 in SQLite', '1.7', inSqlite, {}],
];

for (const [title, version, choosePlace, settings] of CASES) {
  describeWithDot(version)(`a site of Django OAuth Toolkit ${title}`, () => {
    let place: Place;
    let site: DotSite;
    let server: TestServer;
    let ids: Record<string, number>;
    let ada: Tokens;
    let grace: Tokens;
    let mobile: Tokens;
    let robot: Tokens;
    let rehearsal: CommandResult;
    let moved: CommandResult;

    const importDot = (...more: string[]) =>
      latchkey(['import', 'dot', '--from', place.from, ...more], {
        environment: { DATABASE_URL: server.databaseUrl, SECRET_KEY },
      });
    const accountOf = (username: string) => server.database.knex('accounts').where({ username }).first();

    beforeAll(async () => {
      place = await choosePlace();
      site = await startDotSite(version, { database: place.django, ...settings });
      ids = await fillSite(site);
      ada = await refreshAtDot(site, (await signInAtDot(site, 'ada')).refresh_token);
      grace = await signInAtDot(site, 'grace');
      mobile = await byPasswordAtDot(site, 'linus');
      robot = await byItselfAtDot(site);
      server = await startTestServer();
      rehearsal = await importDot('--dry-run', '--json');
      expect(await server.database.knex('accounts').select()).toEqual([]);
      moved = await importDot();
    });
    afterAll(async () => {
      await site?.stop();
      await server?.stop();
      await place?.remove();
    });

    test('the import says what came and what did not, and the rehearsal has said the same', () => {
      expect({ ...moved, stdout: '' }).toMatchObject({ code: 0 });
      expect(moved.stdout).toMatch(/users +10 +0 +1\n/);
      for (const line of [
        /Will not come over:/,
        /username is taken[\s\S]*Ada, by ada/,
        /wildcard[\s\S]*https:\/\/\*\.c1\.test/,
        /SCOPES of this server does not list\n +wikis/,
        /implicit grant is gone[\s\S]*Old Spa/,
        /HS256[\s\S]*Signer/,
        /kind "md5"[\s\S]*old/,
        /staff[\s\S]*clerk/,
        /ada: ada@home\.example/,
      ])
        expect(moved.stdout).toMatch(line);
      const report = JSON.parse(rehearsal.stdout);
      expect(report).toMatchObject({
        is_dry_run: true,
        brought: {
          users: 10,
          groups: 3,
          applications: 7,
          consents: 2,
          'access tokens': 4,
          'refresh tokens': 3,
        },
      });
    });

    test('access tokens work on, for the same people with the same ids and scopes', async () => {
      const answer = await profile(server, ada.access_token);
      expect(answer.body).toEqual({
        id: ids.ada,
        username: 'ada',
        email: 'ada@example.com',
        first_name: 'Ada',
        last_name: 'Example',
        groups: ['admins', 'writers'],
      });
      expect((await profile(server, mobile.access_token)).body).toMatchObject({ id: ids.linus });
      const seen = await introspect(server, asClient(WEB), robot.access_token);
      expect(seen.body).toMatchObject({ active: true, client_id: 'robot', scope: 'read wikis' });
    });

    test('client secrets work as they are, and are stored our way from then on', async () => {
      const before = await server.database.knex('client_secrets').where('hash', 'not like', 'sha256$%');
      expect(before.length > 0).toBe(version === '3.4');
      expect((await token(server, asClient(ROBOT), { grant_type: 'client_credentials' })).status).toBe(200);
      const wrong = { ...ROBOT, secret: `${ROBOT.secret.slice(1)}x` };
      expect((await token(server, asClient(wrong), { grant_type: 'client_credentials' })).status).toBe(401);
      const [stored] = await server.database
        .knex('client_secrets')
        .join('applications', 'applications.id', 'application_id')
        .where('client_id', 'robot');
      expect(stored).toMatchObject({ hash: expect.stringMatching(/^sha256\$/), hint: 'rrrr' });
    });

    test('a public client may go on sending its secret, and may leave it out', async () => {
      const ask = async (more: Record<string, string>) => {
        const body = {
          grant_type: 'password',
          username: 'root',
          password: PASSWORD,
          client_id: 'spa',
          ...more,
        };
        return (await post(server, '/o/token', body)).status;
      };
      expect(await ask({ client_secret: SPA.secret })).toBe(200);
      expect(await ask({ client_secret: 'made up' })).toBe(401);
      expect(await ask({})).toBe(200);
    });

    test('a refresh token refreshes once, into a family of our own', async () => {
      const web = asClient(WEB);
      const first = await refresh(server, web, ada.refresh_token);
      expect(first).toMatchObject({ status: 200, body: { scope: 'read groups', expires_in: 1200 } });
      expect((await profile(server, ada.access_token)).status).toBe(401);
      expect((await profile(server, first.body.access_token)).body).toMatchObject({ id: ids.ada });
      const second = await refresh(server, web, first.body.refresh_token);
      expect(second.status).toBe(200);
      // Its successor is used: whoever presents it now has stolen it.
      expect((await refresh(server, web, ada.refresh_token)).status).toBe(400);
      expect((await profile(server, second.body.access_token)).status).toBe(401);
      expect((await refresh(server, asClient(MOBILE), mobile.refresh_token)).status).toBe(200);
    });

    test.each(Object.keys(HASHERS))(
      '%s signs in with the old password, which is argon2id then',
      async (name) => {
        await expect(signIn(server, name, `${PASSWORD}!`)).rejects.toThrow('sign-in failed');
        expect((await accountOf(name)).password_hash).not.toMatch(/^\$argon2id\$/);
        const browser = await signIn(server, name);
        expect((await browser.open('/account')).text).toContain(`${name}@example.com`);
        expect((await accountOf(name)).password_hash).toMatch(/^\$argon2id\$/);
      },
    );

    test('people are what they were: superuser, disabled, without a password, with a verified address', async () => {
      expect(await accountOf('root')).toMatchObject({ id: ids.root, is_superuser: true });
      expect(await accountOf('clerk')).toMatchObject({ is_superuser: false, disabled_at: null });
      expect((await accountOf('left')).disabled_at).toBeInstanceOf(Date);
      expect(await accountOf('sso')).toMatchObject({ password_hash: null });
      expect(await accountOf('old')).toMatchObject({ password_hash: null });
      expect((await accountOf('ada')).email_verified_at).toBeInstanceOf(Date);
      expect(await accountOf('grace')).toMatchObject({ email_verified_at: null });
      expect((await createPerson(server, 'newcomer')).id).toBeGreaterThan(Math.max(...Object.values(ids)));
    });

    test('somebody signed in is sent back to the application without a question, with its redirect_state', async () => {
      const browser = await signIn(server, 'grace');
      const web = asClient(WEB);
      const page = await browser.open(
        authorizeUrl(web, { redirect_uri: `${CALLBACK}?redirect_state=1`, scope: 'read groups' }),
      );
      expect(page.location).toMatch(/^https:\/\/c1\.test\/cb\?redirect_state=1&code=/);
      const trusted = await browser.open(authorizeUrl({ ...web, clientId: 'trusted' }, { scope: 'write' }));
      expect(trusted.location).toMatch(/^https:\/\/c1\.test\/cb\?code=/);
    });

    test('an import again brings what is new, and leaves alone what was changed or taken back here', async () => {
      await revoke(server, asClient(WEB), grace.refresh_token);
      expect((await profile(server, grace.access_token)).status).toBe(401);
      await server.database
        .knex('accounts')
        .where({ username: 'barbara' })
        .update({ email: 'new@example.com' });
      await site.run(`
person("late")
User.objects.filter(username="clerk").update(password=make_password("another password"))
`);
      const late = await signInAtDot(site, 'late');
      const again = await importDot('--json');
      expect(JSON.parse(again.stdout)).toMatchObject({
        brought: { users: 1, applications: 0, 'access tokens': 1, 'refresh tokens': 1 },
        here_before: { users: 10, applications: 7, groups: 3 },
        followed: 1,
      });
      expect((await profile(server, late.access_token)).body).toMatchObject({ username: 'late' });
      expect((await profile(server, grace.access_token)).status).toBe(401);
      expect((await refresh(server, asClient(WEB), grace.refresh_token)).status).toBe(400);
      expect(await accountOf('barbara')).toMatchObject({ email: 'new@example.com' });
      await signIn(server, 'clerk', 'another password');
    });

    test('the source is as it was', async () => {
      const folder = join(place.from, '..');
      const isFile = !place.from.startsWith('postgres');
      const look = async () => [
        await site.run(DUMP),
        isFile && [readdirSync(folder), createHash('sha256').update(readFileSync(place.from)).digest('hex')],
      ];
      const before = await look();
      expect((await importDot()).code).toBe(0);
      expect(await look()).toEqual(before);
    });
  });
}
