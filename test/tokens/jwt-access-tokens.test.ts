/** Access tokens as JWTs (RFC 9068): what they say, from which grant ever they come, and that they are taken back as others are. */
import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { addToGroup } from '../../src/accounts/groups.js';
import { setAccountEnabled } from '../../src/accounts/set-account-enabled.js';
import type { Browser } from '../support/browser.js';
import { backToPresent, travel } from '../support/clock.js';
import { byPassword, get, introspect, profile, refresh, revoke, signInAt, token } from '../support/oauth.js';
import { verifyAccessToken, verifyIdToken } from '../support/openid.js';
import { createApp, createPerson, signIn, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let second: TestServer;
let alice: Browser;
let sub: string;
let app: TestApplication;

beforeAll(async () => {
  server = await startTestServer();
  second = await startTestServer({ DATABASE_URL: server.databaseUrl });
  sub = String((await createPerson(server, 'alice')).id);
  await addToGroup(server.database.knex, 'alice', 'staff');
  alice = await signIn(server, 'alice');
  app = await createApp(server, {
    grantTypes: ['authorization_code', 'refresh_token', 'password', 'client_credentials'],
    tokenFormat: 'jwt',
  });
});
afterEach(backToPresent);
afterAll(async () => {
  await second.stop();
  await server.stop();
});

const epoch = () => Math.floor(Date.now() / 1000);
const isAccepted = async (value: string, on = server) => (await profile(on, value)).status === 200;

describe('a resource server that has nothing but the published keys', () => {
  test('learns who, for whom, for what and until when', async () => {
    const tokens = await signInAt(server, alice, app, { scope: 'read groups' });
    const { header, claims } = await verifyAccessToken(server, tokens.access_token);
    expect(header).toEqual({ alg: 'RS256', typ: 'at+jwt', kid: expect.any(String) });
    expect(claims).toEqual({
      iss: server.config.issuer,
      sub,
      aud: server.config.issuer,
      client_id: app.clientId,
      scope: 'read groups',
      iat: expect.any(Number),
      exp: Number(claims.iat) + 3600,
      jti: expect.stringMatching(/^[\w-]{43}$/),
      auth_time: expect.any(Number),
      acr: 'urn:latchkey:acr:password',
      amr: ['pwd'],
      username: 'alice',
      groups: ['staff'],
    });
    expect(Math.abs(Number(claims.iat) - epoch())).toBeLessThan(10);
    expect(Number(claims.auth_time)).toBeLessThanOrEqual(Number(claims.iat));
  });

  test('is told the name with the scope read alone, and the groups with the scope groups alone', async () => {
    const claimsFor = async (scope: string) =>
      (await verifyAccessToken(server, (await byPassword(server, app, 'alice', { scope })).access_token))
        .claims;
    expect(await claimsFor('write')).not.toHaveProperty('username');
    expect(await claimsFor('write')).not.toHaveProperty('groups');
    expect(await claimsFor('read')).toMatchObject({ username: 'alice' });
    expect(await claimsFor('read')).not.toHaveProperty('groups');
    expect(await claimsFor('groups')).toMatchObject({ groups: ['staff'] });
    expect(await claimsFor('openid profile email')).not.toHaveProperty('email');
  });

  test('verifies ES256 for an application that has chosen it', async () => {
    const modern = await createApp(server, { idTokenAlg: 'ES256', tokenFormat: 'jwt' });
    const { access_token, id_token } = await signInAt(server, alice, modern, { scope: 'openid read' });
    expect((await verifyAccessToken(server, access_token)).header.alg).toBe('ES256');
    expect((await verifyIdToken(server, modern, id_token)).header.alg).toBe('ES256');
  });

  test('sees the lifetime of the application, which the answer gives as well', async () => {
    const brief = await createApp(server, { accessTokenLifetime: 60, tokenFormat: 'jwt' });
    const { access_token, expires_in } = await signInAt(server, alice, brief);
    const { claims } = await verifyAccessToken(server, access_token);
    expect([Number(claims.exp) - Number(claims.iat), expires_in]).toEqual([60, 60]);
  });
});

describe('every grant gives them', () => {
  test('the authorization code, and its ID token is bound to the whole JWT', async () => {
    const tokens = await signInAt(server, alice, app, { scope: 'openid read' });
    const { claims } = await verifyIdToken(server, app, tokens.id_token);
    const half = createHash('sha256').update(tokens.access_token).digest().subarray(0, 16);
    expect(claims.at_hash).toBe(half.toString('base64url'));
    expect(await isAccepted(tokens.access_token)).toBe(true);
  });

  test('the refresh token, of which the sign-in stays what it was', async () => {
    const tokens = await signInAt(server, alice, app);
    const { claims: first } = await verifyAccessToken(server, tokens.access_token);
    travel(100);
    const { body } = await refresh(server, app, tokens.refresh_token);
    const { claims } = await verifyAccessToken(server, body.access_token);
    expect(claims).toEqual({
      ...first,
      jti: expect.any(String),
      iat: expect.any(Number),
      exp: expect.any(Number),
    });
    expect(claims.jti).not.toBe(first.jti);
    expect(Number(claims.exp)).toBeGreaterThanOrEqual(Number(first.exp) + 100);
  });

  test('a refresh to fewer scopes tells less', async () => {
    const tokens = await signInAt(server, alice, app, { scope: 'read write groups' });
    const { body } = await refresh(server, app, tokens.refresh_token, { scope: 'write' });
    const { claims } = await verifyAccessToken(server, body.access_token);
    expect(claims.scope).toBe('write');
    expect(claims).not.toHaveProperty('groups');
    expect(claims).not.toHaveProperty('username');
  });

  test('the password', async () => {
    const { access_token, refresh_token } = await byPassword(server, app, 'alice');
    expect((await verifyAccessToken(server, access_token)).claims).toMatchObject({ sub, username: 'alice' });
    const { body } = await refresh(server, app, refresh_token);
    expect((await verifyAccessToken(server, body.access_token)).claims).toMatchObject({
      sub,
      groups: ['staff'],
    });
  });

  test('client credentials: the application is its own subject (RFC 9068 2.2)', async () => {
    const { body } = await token(server, app, { grant_type: 'client_credentials', scope: 'read groups' });
    const { claims } = await verifyAccessToken(server, body.access_token);
    expect(claims).toEqual({
      iss: server.config.issuer,
      sub: app.clientId,
      aud: server.config.issuer,
      client_id: app.clientId,
      scope: 'read groups',
      iat: expect.any(Number),
      exp: expect.any(Number),
      jti: expect.any(String),
    });
    expect((await introspect(server, app, body.access_token)).body).toMatchObject({
      active: true,
      client_id: app.clientId,
    });
    expect((await profile(server, body.access_token)).status).toBe(403);
  });
});

describe('here they are worth what any access token is', () => {
  let tokens: Awaited<ReturnType<typeof signInAt>>;
  beforeEach(async () => {
    tokens = await signInAt(server, alice, app, { scope: 'openid read groups' });
  });
  const onBothNodes = async () => [
    await isAccepted(tokens.access_token),
    await isAccepted(tokens.access_token, second),
  ];

  test('/profile and userinfo answer', async () => {
    expect((await profile(server, tokens.access_token)).body).toMatchObject({
      username: 'alice',
      groups: ['staff'],
    });
    const userinfo = await get(server, '/o/userinfo', { authorization: `Bearer ${tokens.access_token}` });
    expect(userinfo).toMatchObject({ status: 200, body: { sub } });
  });

  test('introspection tells what it tells of others, and what is in the JWT', async () => {
    const { claims } = await verifyAccessToken(server, tokens.access_token);
    for (const hint of ['access_token', 'refresh_token', 'nonsense']) {
      const { status, body } = await introspect(server, app, tokens.access_token, { token_type_hint: hint });
      expect(status).toBe(200);
      expect(body).toMatchObject({
        active: true,
        token_type: 'Bearer',
        username: 'alice',
        groups: ['staff'],
        client_id: app.clientId,
        scope: 'openid read groups',
      });
      for (const name of ['iss', 'sub', 'iat', 'exp', 'jti', 'auth_time', 'acr'])
        expect([name, body[name]]).toEqual([name, claims[name]]);
      // APIs by Django OAuth Toolkit 3.4 would refuse it (test/examples/drf-resource-server.test.ts).
      expect(body).not.toHaveProperty('aud');
    }
  });

  test('another application learns nothing; one that may introspect every token does (IN-02, IN-04)', async () => {
    const stranger = await createApp(server);
    const api = await createApp(server, { introspectAny: true });
    expect((await introspect(server, stranger, tokens.access_token)).body).toEqual({ active: false });
    expect((await introspect(server, api, tokens.access_token)).body).toMatchObject({ active: true, sub });
  });

  test('one that is revoked is refused here at once and on every node within a second; its refresh token lives on', async () => {
    expect(await onBothNodes()).toEqual([true, true]);
    const stranger = await createApp(server);
    await revoke(server, stranger, tokens.access_token);
    expect(await isAccepted(tokens.access_token)).toBe(true);
    expect(await revoke(server, app, tokens.access_token)).toMatchObject({ status: 200, body: '' });
    expect(await isAccepted(tokens.access_token)).toBe(false);
    expect((await introspect(server, app, tokens.access_token)).body).toEqual({ active: false });
    travel(1.5);
    expect(await onBothNodes()).toEqual([false, false]);
    // What no server can take back: whoever looks at the signature alone still accepts it.
    await verifyAccessToken(server, tokens.access_token);
    const event = await server.database
      .knex('audit_events')
      .where({ event: 'token.revoked' })
      .orderBy('id', 'desc')
      .first();
    expect(event.details).toEqual({ kind: 'AccessToken' });
    const renewed = await refresh(server, app, tokens.refresh_token);
    expect(await isAccepted(renewed.body.access_token)).toBe(true);
  });

  test('a refresh ends the one before, and within the grace period gives the same JWT again', async () => {
    const renewed = await refresh(server, app, tokens.refresh_token);
    expect(await isAccepted(tokens.access_token)).toBe(false);
    expect((await refresh(server, app, tokens.refresh_token)).body).toEqual(renewed.body);
    expect(await isAccepted(renewed.body.access_token)).toBe(true);
  });

  test('a refresh token that comes twice takes the JWTs of the whole sign-in along', async () => {
    const renewed = await refresh(server, app, tokens.refresh_token);
    travel(11);
    expect((await refresh(server, app, tokens.refresh_token)).status).toBe(400);
    travel(1.5);
    expect(await isAccepted(renewed.body.access_token)).toBe(false);
  });

  test('revoking the refresh token revokes it', async () => {
    await revoke(server, app, tokens.refresh_token);
    expect(await isAccepted(tokens.access_token)).toBe(false);
  });

  test('what the person takes back is refused', async () => {
    const path = `/o/authorized_tokens/${app.id}/delete`;
    await alice.submit(await alice.open(path), {}, '/delete');
    travel(1.5);
    expect(await onBothNodes()).toEqual([false, false]);
  });

  test('it ends with its account and with its lifetime', async () => {
    await createPerson(server, 'leaver');
    const { access_token } = await byPassword(server, app, 'leaver');
    expect(await isAccepted(access_token)).toBe(true);
    await setAccountEnabled(server.database, 'leaver', false);
    travel(1.5);
    expect(await isAccepted(access_token)).toBe(false);
    travel(3602);
    expect(await isAccepted(tokens.access_token)).toBe(false);
    expect((await introspect(server, app, tokens.access_token)).body).toEqual({ active: false });
    await expect(verifyAccessToken(server, tokens.access_token)).rejects.toThrow('"exp"');
  });

  test('neither the token nor its jti opens anything in a dump, and neither is logged', async () => {
    const { claims } = await verifyAccessToken(server, tokens.access_token);
    expect(await isAccepted(String(claims.jti))).toBe(false);
    const { rows } = await server.database.knex.raw('SELECT t::text AS row FROM access_tokens t');
    const stored = JSON.stringify(rows);
    const signature = tokens.access_token.split('.')[2] ?? '';
    expect(stored).toContain(createHash('sha256').update(tokens.access_token).digest('hex'));
    expect([stored.includes(signature), server.logged().includes(signature)]).toEqual([false, false]);
  });
});

describe('the format of an application in use is changed', () => {
  const change = async (id: number, format: 'opaque' | 'jwt') => {
    await server.database.knex('applications').where({ id }).update({ token_format: format });
    travel(1.5);
  };

  test('what is out goes on working, either way, and a refresh gives the new format', async () => {
    const changing = await createApp(server);
    const opaque = await signInAt(server, alice, changing);
    expect(opaque.access_token).toMatch(/^[\w-]{43}$/);
    await change(changing.id, 'jwt');
    expect(await isAccepted(opaque.access_token)).toBe(true);
    expect((await introspect(server, changing, opaque.access_token)).body).toMatchObject({ active: true });
    const jwt = (await refresh(server, changing, opaque.refresh_token)).body;
    await verifyAccessToken(server, jwt.access_token);
    expect(await isAccepted(opaque.access_token)).toBe(false);
    await change(changing.id, 'opaque');
    expect(await isAccepted(jwt.access_token)).toBe(true);
    expect((await introspect(server, changing, jwt.access_token)).body).toMatchObject({
      active: true,
      username: 'alice',
    });
    const last = (await refresh(server, changing, jwt.refresh_token)).body;
    expect(last.access_token).toMatch(/^[\w-]{43}$/);
    expect(await isAccepted(jwt.access_token)).toBe(false);
  });
});
