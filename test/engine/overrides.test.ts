/**
 * What we override in the engine, one contract each: first that the engine still has the place we override and would
 * behave otherwise without us, then that ours is what answers. An upgrade that moves such a place breaks a test here.
 */
import '../../src/engine/known-warnings.js';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import Provider, { type ClientMetadata, errors, type TokenEndpointGrantContext } from 'oidc-provider';
import { keepActorsInSessions } from '../../src/engine/session-actors.js';
import { tokenGrants } from '../../src/grants/index.js';
import type { Browser } from '../support/browser.js';
import { backToPresent, travel } from '../support/clock.js';
import { byPassword, exchange, get, introspect, post, token } from '../support/oauth.js';
import {
  allow,
  authorizeUrl,
  CALLBACK,
  createApp,
  createPerson,
  getCode,
  signIn,
  type TestApplication,
} from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let browser: Browser;
let app: TestApplication;

// An engine as it comes warns that its keys and its storage are for trying out.
jest.spyOn(console, 'warn').mockImplementation(() => {});

beforeAll(async () => {
  server = await startTestServer();
  await createPerson(server, 'alice');
  app = await createApp(server, {
    grantTypes: ['authorization_code', 'refresh_token', 'password', 'client_credentials'],
    skipConsent: true,
  });
  browser = await signIn(server, 'alice');
});

afterEach(backToPresent);
afterAll(() => server.stop());

type ClientClass = {
  new (metadata: ClientMetadata): Record<string, unknown>;
  prototype: Record<string, unknown>;
  find(id: string): Promise<unknown>;
  needsSecret(metadata: ClientMetadata): boolean;
  Schema: { prototype: Record<string, unknown> };
};

/** The engine as it comes. */
function plainEngine() {
  const engine = new Provider('http://localhost:1', { features: { devInteractions: { enabled: false } } });
  return { engine, Client: engine.Client as unknown as ClientClass };
}

const METADATA: ClientMetadata = {
  client_id: 'c',
  client_secret: 's',
  redirect_uris: ['https://c1.test/cb'],
};

test('each engine has a Client class of its own, so that ours is the only one changed', () => {
  expect(plainEngine().Client).not.toBe(plainEngine().Client);
});

describe('registerGrantType (engine.ts): every grant is answered by grants/exchange.ts', () => {
  test('the engine registers its own grants through the method, from its constructor, with their parameters', () => {
    const registered = new Map<string, unknown>();
    class Recorder extends Provider {
      override registerGrantType<P extends object>(
        name: string,
        handler: (ctx: TokenEndpointGrantContext<P>) => void | Promise<void>,
        parameters?: string | readonly string[] | ReadonlySet<string>,
      ): void {
        expect(typeof handler).toBe('function');
        registered.set(name, parameters);
        super.registerGrantType(name, handler, parameters);
      }
    }
    new Recorder('http://localhost:1', {
      features: {
        clientCredentials: { enabled: true },
        deviceFlow: { enabled: true },
        devInteractions: { enabled: false },
        resourceIndicators: { enabled: false },
      },
    });
    const own = tokenGrants.filter((grant) => grant.isOfEngine);
    expect([...registered.keys()].sort()).toEqual(own.map(({ grantType }) => grantType).sort());
    for (const grant of own) {
      expect([...(registered.get(grant.grantType) as Set<string>)].sort()).toEqual(
        [...grant.parameters].sort(),
      );
    }
  });

  test('a scope the engine would drop or let through is refused by ours, for each grant that takes one', async () => {
    const bodies: Record<string, string>[] = [
      { grant_type: 'client_credentials' },
      { grant_type: 'password', username: 'alice', password: 'x' },
      { grant_type: 'refresh_token', refresh_token: 'x' },
    ];
    for (const body of bodies) {
      const answer = await token(server, app, { ...body, scope: 'read no:such' });
      expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_scope' } });
    }
  });

  test('what a token request issues is stored by one statement: nothing is there while the engine works', async () => {
    const { access_token } = await byPassword(server, app, 'alice');
    expect((await introspect(server, app, access_token)).body.active).toBe(true);
    const code = await getCode(browser, app);
    const [one, two] = await Promise.all([exchange(server, app, code), exchange(server, app, code)]);
    expect([one.status, two.status].sort()).toEqual([200, 400]);
  });
});

describe('Client.find (clients.ts): clients come from the applications, fresh within a second', () => {
  test('the engine asks the static method', async () => {
    expect(typeof plainEngine().Client.find).toBe('function');
  });

  test('a redirect URI that is added is accepted within the second, without a restart', async () => {
    const changing = await createApp(server, { skipConsent: true });
    const wanted = { redirect_uri: 'https://c1.test/new' };
    expect((await browser.open(authorizeUrl(changing, wanted))).status).toBe(400);
    await server.database
      .knex('applications')
      .where({ id: changing.id })
      .update({ redirect_uris: [CALLBACK, wanted.redirect_uri] });
    travel(2);
    expect((await allow(browser, changing, wanted)).location).toMatch(/^https:\/\/c1\.test\/new\?code=/);
  });
});

describe('Client.needsSecret and compareClientSecret (clients.ts): secrets are stored hashed, several at once', () => {
  test('the engine wants the secret in the metadata and compares with it', async () => {
    const { Client } = plainEngine();
    const { client_secret: _secret, ...withoutSecret } = METADATA;
    expect(Client.needsSecret({ ...METADATA, token_endpoint_auth_method: 'client_secret_basic' })).toBe(true);
    expect(() => new Client(withoutSecret)).toThrow(errors.InvalidClientMetadata);
    const client = new Client(METADATA) as { compareClientSecret(presented: string): unknown };
    expect(await client.compareClientSecret('s')).toBe(true);
    expect(await client.compareClientSecret('wrong')).toBe(false);
  });

  test('ours are compared with their hashes', async () => {
    const body = { grant_type: 'client_credentials' };
    expect((await token(server, app, body)).status).toBe(200);
    expect((await token(server, { ...app, secret: `${app.secret}x` }, body)).status).toBe(401);
  });
});

describe('Client.Schema.prototype.redirectUris (clients.ts): what may be registered is our rule', () => {
  test('the engine refuses the scheme of a native app to a web application', () => {
    const { Client } = plainEngine();
    expect(typeof Client.Schema.prototype.redirectUris).toBe('function');
    expect(() => new Client({ ...METADATA, redirect_uris: ['com.example.app:/cb'] })).toThrow(
      'invalid_redirect_uri',
    );
  });

  test('ours lets it in', async () => {
    const native = await createApp(server, {
      clientType: 'public',
      redirectUris: ['com.example.app:/cb', 'http://c1.test/plain'],
      skipConsent: true,
    });
    expect((await allow(browser, native, { redirect_uri: 'com.example.app:/cb' })).location).toMatch(
      /^com\.example\.app:\/cb\?code=/,
    );
  });
});

describe("redirectUriAllowed and postLogoutRedirectUriAllowed (clients.ts): the matching rule is the application's", () => {
  test('the engine compares exactly, through methods of the client', () => {
    const client = new (plainEngine().Client)(METADATA) as Record<string, (uri: string) => boolean>;
    expect(client.redirectUriAllowed?.('https://c1.test/cb')).toBe(true);
    expect(client.redirectUriAllowed?.('https://c1.test/cb?x=1')).toBe(false);
    expect(client.postLogoutRedirectUriAllowed?.('https://c1.test/bye')).toBe(false);
  });

  test('ours allows added query parameters where the application says so, and only there', async () => {
    const loose = await createApp(server, { redirectMatch: 'extra-query', skipConsent: true });
    const wanted = { redirect_uri: `${CALLBACK}?redirect_state=1` };
    const page = await allow(browser, loose, wanted);
    expect(page.location).toMatch(/^https:\/\/c1\.test\/cb\?redirect_state=1&code=/);
    expect((await browser.open(authorizeUrl(app, wanted))).status).toBe(400);
  });

  test('after signing out only a registered URI is gone to', async () => {
    const leaving = await createApp(server, { postLogoutRedirectUris: ['https://c1.test/bye'] });
    const visitor = await signIn(server, 'alice');
    const url = (uri: string) =>
      `/o/logout?${new URLSearchParams({ client_id: leaving.clientId, post_logout_redirect_uri: uri })}`;
    expect((await visitor.open(url('https://c1.test/bye?x=1'))).status).toBe(400);
    const done = await visitor.submit(
      await visitor.open(url('https://c1.test/bye')),
      {},
      '/o/logout/confirm',
    );
    expect(done.location).toMatch(/^https:\/\/c1\.test\/bye/);
  });
});

describe('responseTypeAllowed (clients.ts): RFC 6749 4.1.2.1 has a name for it', () => {
  test('the engine asks a method of the client', () => {
    const client = new (plainEngine().Client)(METADATA) as Record<string, (type: string) => boolean>;
    expect(client.responseTypeAllowed?.('code')).toBe(true);
    expect(client.responseTypeAllowed?.('id_token')).toBe(false);
  });

  test('ours answers unauthorized_client', async () => {
    const machine = await createApp(server, { grantTypes: ['client_credentials'] });
    const page = await browser.open(authorizeUrl(machine));
    expect(new URL(page.location ?? 'x:').searchParams.get('error')).toBe('unauthorized_client');
  });
});

describe('requireAuthTime (clients.ts): every ID token says when the person signed in', () => {
  test('with openid the ID token has auth_time; without it the request is not refused', async () => {
    const { body } = await exchange(server, app, await getCode(browser, app, { scope: 'openid read' }));
    const claims = JSON.parse(Buffer.from(body.id_token.split('.')[1], 'base64url').toString());
    expect(Math.abs(claims.auth_time - Date.now() / 1000)).toBeLessThan(120);
    expect((await exchange(server, app, await getCode(browser, app, { scope: 'read' }))).status).toBe(200);
  });
});

describe('Provider.ctx (request-memory.ts): the request being served', () => {
  test('is undefined outside of one', () => {
    expect(Provider.ctx).toBeUndefined();
  });

  test('is the one of the engine inside of one', async () => {
    const { engine } = plainEngine();
    let seen: unknown;
    engine.on('grant.error', (ctx) => {
      seen = Provider.ctx === ctx && ctx.oidc.route;
    });
    const listener = engine.listen(0);
    const { port } = listener.address() as { port: number };
    await post({ url: `http://localhost:${port}` }, '/token', { grant_type: 'x' });
    listener.close();
    expect(seen).toBe('token');
  });
});

describe('the events of errors (describe-errors.ts): what they say to a developer is ours', () => {
  test('the engine emits them after it has set the body, which is ours to change', async () => {
    const { engine } = plainEngine();
    engine.on('grant.error', (ctx) => {
      (ctx.body as Record<string, unknown>).error_description = 'changed';
    });
    const listener = engine.listen(0);
    const { port } = listener.address() as { port: number };
    const answer = await post({ url: `http://localhost:${port}` }, '/token', { grant_type: 'x' });
    listener.close();
    expect(answer.body.error_description).toBe('changed');
  });

  test('ours names the grant that is not allowed, the code that is unknown and the client that failed', async () => {
    const machine = await createApp(server, { grantTypes: ['client_credentials'] });
    expect(
      (await token(server, machine, { grant_type: 'refresh_token', refresh_token: 'x' })).body,
    ).toMatchObject({ error: 'unauthorized_client' });
    expect((await exchange(server, app, 'unknown')).body.error_description).toMatch(/unknown or has expired/);
    const failed = await post(server, '/o/introspect', {
      token: 'x',
      client_id: app.clientId,
      client_secret: 'x',
    });
    expect(failed.headers.get('www-authenticate')).toMatch(/^Basic /);
  });
});

describe('the request getters (http/issuer-address.ts): URLs come from the issuer', () => {
  test('discovery is the same whatever a client claims', async () => {
    const plain = (await get(server, '/.well-known/openid-configuration')).body;
    const claimed = await get(server, '/.well-known/openid-configuration', {
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'evil.test',
      'x-forwarded-port': '444',
      forwarded: 'host=evil.test;proto=https',
    });
    expect(claimed.body).toEqual(plain);
    expect(plain.token_endpoint).toBe(`${server.config.issuer}/o/token`);
  });
});

describe('Session.IN_PAYLOAD and loginAccount (session-actors.ts): a session keeps who acts in it', () => {
  type Session = InstanceType<Provider['Session']> & { actor?: unknown };
  const sessionOf = (engine: Provider): Session =>
    new (engine.Session as unknown as new (payload: object) => Session)({ actor: { accountId: 1 } });

  test('the engine keeps what IN_PAYLOAD names, and each engine has a Session class of its own', () => {
    expect(plainEngine().engine.Session).not.toBe(plainEngine().engine.Session);
    expect(sessionOf(plainEngine().engine).actor).toBeUndefined();
  });

  test('ours keeps the actor until somebody signs in for themselves', () => {
    const { engine } = plainEngine();
    keepActorsInSessions(engine);
    const session = sessionOf(engine);
    expect(session.actor).toEqual({ accountId: 1 });
    session.loginAccount({ accountId: '2' });
    expect([session.actor, session.accountId]).toEqual([undefined, '2']);
  });
});
