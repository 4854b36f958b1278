/** The discovery documents and the keys: what is listed exists and answers (HD-09; OpenID Connect Discovery, RFC 8414). */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { answerOf } from '../support/answers.js';
import { basic, get, post, signInAt } from '../support/oauth.js';
import { claimsOfIdToken, verifyIdToken } from '../support/openid.js';
import { allow, createApp, createPerson, signIn } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
// biome-ignore lint/suspicious/noExplicitAny: a document from the wire
let metadata: any;

beforeAll(async () => {
  server = await startTestServer();
  metadata = (await get(server, '/.well-known/openid-configuration')).body;
});
afterAll(() => server.stop());

const pathOf = (url: string) => url.slice(server.url.length);

describe('the document', () => {
  test('is the same at both well-known addresses, and open to scripts of every origin', async () => {
    const other = await get(server, '/.well-known/oauth-authorization-server', {
      origin: 'https://any.test',
    });
    expect(other.body).toEqual(metadata);
    expect(other.headers.get('access-control-allow-origin')).toBe('*');
    expect(other.headers.get('access-control-allow-credentials')).toBeNull();
  });

  test('says what the certification asks for', () => {
    expect(metadata).toMatchObject({
      issuer: server.config.issuer,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      code_challenge_methods_supported: ['S256'],
      claims_parameter_supported: true,
      request_uri_parameter_supported: false,
      authorization_response_iss_parameter_supported: true,
    });
    // Left out, this one means false (Discovery 3).
    expect(metadata.request_parameter_supported ?? false).toBe(false);
    expect(metadata.id_token_signing_alg_values_supported).toEqual(
      expect.arrayContaining(['RS256', 'ES256']),
    );
    expect(metadata.response_modes_supported).toEqual(expect.arrayContaining(['query', 'form_post']));
    expect(metadata.scopes_supported).toEqual([
      'read',
      'write',
      'groups',
      'openid',
      'profile',
      'email',
      'phone',
      'address',
      'offline_access',
    ]);
    expect(metadata.claims_supported).toEqual(
      expect.arrayContaining(['sub', 'name', 'email', 'auth_time', 'acr', 'iss']),
    );
    expect(metadata.grant_types_supported.sort()).toEqual([
      'authorization_code',
      'client_credentials',
      'password',
      'refresh_token',
      'urn:ietf:params:oauth:grant-type:device_code',
    ]);
    expect(metadata.token_endpoint_auth_methods_supported.sort()).toEqual([
      'client_secret_basic',
      'client_secret_post',
      'none',
    ]);
  });

  test('names only addresses of the issuer, each of which answers', async () => {
    const endpoints = Object.entries<string>(metadata).filter(([name]) => /(_endpoint|_uri)$/.test(name));
    expect(endpoints.map(([name]) => name).sort()).toEqual([
      'authorization_endpoint',
      'device_authorization_endpoint',
      'end_session_endpoint',
      'introspection_endpoint',
      'jwks_uri',
      'revocation_endpoint',
      'token_endpoint',
      'userinfo_endpoint',
    ]);
    for (const [name, url] of endpoints) {
      expect(url.startsWith(`${metadata.issuer}/`)).toBe(true);
      const { status } = await get(server, pathOf(url));
      expect([name, status]).toEqual([name, expect.any(Number)]);
      expect(status).not.toBe(404);
      expect(status).toBeLessThan(500);
    }
  });

  test('every grant it lists exists, and one it does not list is unsupported', async () => {
    const app = await createApp(server, { grantTypes: ['client_credentials'], redirectUris: [] });
    for (const grant of metadata.grant_types_supported) {
      const answer = await post(server, '/o/token', { grant_type: grant }, basic(app));
      expect([grant, answer.body.error]).not.toEqual([grant, 'unsupported_grant_type']);
    }
    const answer = await post(
      server,
      '/o/token',
      { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer' },
      basic(app),
    );
    expect([answer.status, answer.body.error]).toEqual([400, 'unsupported_grant_type']);
  });
});

test('the keys are public, for signing, and of both algorithms', async () => {
  const { status, body, headers } = await get(server, pathOf(metadata.jwks_uri));
  expect(status).toBe(200);
  expect(headers.get('access-control-allow-origin')).toBe('*');
  expect(body.keys.map((key: { alg: string }) => key.alg).sort()).toEqual(['ES256', 'RS256']);
  for (const key of body.keys) {
    expect(key).toMatchObject({ kid: expect.any(String), use: 'sig' });
    for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) expect(key).not.toHaveProperty(secret);
  }
  expect(new Set(body.keys.map((key: { kid: string }) => key.kid)).size).toBe(2);
});

test('with the password grant off it is not listed', async () => {
  const strict = await startTestServer({ DATABASE_URL: server.databaseUrl, PASSWORD_GRANT: 'off' });
  try {
    const { body } = await get(strict, '/.well-known/openid-configuration');
    expect(body.grant_types_supported).not.toContain('password');
    expect(body.grant_types_supported).toContain('authorization_code');
  } finally {
    await strict.stop();
  }
});

describe('an issuer that ends in /o, as Django OAuth Toolkit has it', () => {
  let replacement: TestServer;
  beforeAll(async () => {
    // The port has to be known for the issuer, so it is taken from a server that is gone again.
    const probe = await startTestServer({ DATABASE_URL: server.databaseUrl });
    const { port } = probe;
    await probe.stop();
    replacement = await startTestServer({ PORT: String(port), ISSUER: `http://localhost:${port}/o` });
    await createPerson(replacement, 'alice');
  });
  afterAll(() => replacement.stop());

  test('has its documents where the issuer says', async () => {
    for (const path of [
      '/o/.well-known/openid-configuration',
      '/o/.well-known/openid-configuration/',
      '/.well-known/oauth-authorization-server/o',
      '/.well-known/openid-configuration',
    ]) {
      const { status, body } = await get(replacement, path);
      expect([path, status]).toEqual([path, 200]);
      expect(body.issuer).toBe(`${replacement.url}/o`);
      expect(body.authorization_endpoint).toBe(`${replacement.url}/o/authorize`);
      expect(body.token_endpoint).toBe(`${replacement.url}/o/token`);
      expect(body.userinfo_endpoint).toBe(`${replacement.url}/o/userinfo`);
      expect((await get(replacement, new URL(body.jwks_uri).pathname)).body.keys).toHaveLength(2);
    }
  });

  test('signs people in, and its ID tokens and answers carry it', async () => {
    const app = await createApp(replacement);
    const alice = await signIn(replacement, 'alice');
    const page = await allow(alice, app, { scope: 'openid', nonce: 'n' });
    expect(answerOf(page).iss).toBe(`${replacement.url}/o`);
    const tokens = await signInAt(replacement, alice, app, { scope: 'openid', nonce: 'n' });
    expect(claimsOfIdToken(tokens.id_token).iss).toBe(`${replacement.url}/o`);
    await verifyIdToken(replacement, app, tokens.id_token);
    const me = await get(replacement, '/o/userinfo', { authorization: `Bearer ${tokens.access_token}` });
    expect(me.status).toBe(200);
  });
});

// Guards against "cookies are switched off", which a program that posts here was told.
test('discovery and keys take GET only', async () => {
  for (const path of ['/.well-known/openid-configuration', '/o/.well-known/jwks.json']) {
    const { status, headers, body } = await post(server, path, {});
    expect([status, headers.get('allow'), body.error]).toEqual([
      405,
      'GET, HEAD, OPTIONS',
      'invalid_request',
    ]);
  }
});
