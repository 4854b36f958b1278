/**
 * oidc-provider with as little around it as a benchmark needs, started by contestants/bare.ts: tokens and sessions in
 * Maps, no log, two routes of its own: GET /profile, and GET /sign-in/:name in the place of login and consent pages.
 * Arguments: the issuer, the client as JSON, and the scope that everybody has agreed to.
 */
import '../src/engine/known-warnings.js';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { Context, Next } from 'koa';
import Provider, { type Adapter, type AdapterPayload, type Configuration, type JWK } from 'oidc-provider';
import type { Client } from './target.js';

type Payloads = Map<string, AdapterPayload>;

// One of the engine's own in memory keeps the last thousand only.
function adapter(): Adapter {
  const payloads: Payloads = new Map();
  return {
    find: async (id) => payloads.get(id),
    findByUid: async (uid) => [...payloads.values()].find((payload) => payload.uid === uid),
    findByUserCode: async () => undefined,
    upsert: async (id, payload) => {
      payloads.set(id, payload);
    },
    consume: async (id) => {
      const payload = payloads.get(id);
      if (payload) payload.consumed = Math.floor(Date.now() / 1000);
    },
    destroy: async (id) => {
      payloads.delete(id);
    },
    revokeByGrantId: async () => {},
  };
}

function makeKeys(): JWK[] {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
  return [{ ...rsa, alg: 'RS256', use: 'sig', kid: 'bench' } as JWK];
}

// Seconds; longer than any run.
const WEEK = 7 * 86_400;

/** The features and rules of our own server, as far as they are the engine's. */
function configuration(client: Client): Configuration {
  return {
    adapter,
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        redirect_uris: [client.redirectUri],
        grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
        response_types: ['code'],
      },
    ],
    jwks: { keys: makeKeys() },
    cookies: { keys: [randomBytes(32).toString('hex')] },
    scopes: ['openid', 'read'],
    clockTolerance: 0,
    ttl: { AccessToken: WEEK, ClientCredentials: WEEK, RefreshToken: WEEK, Grant: WEEK, Session: WEEK },
    findAccount: async (_ctx, sub) => ({ accountId: sub, claims: async () => ({ sub }) }),
    issueRefreshToken: async (_ctx, asking) => asking.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: true,
    expiresWithSession: async () => false,
    pkce: { required: () => false },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      resourceIndicators: { enabled: false },
    },
  };
}

function profile(engine: Provider) {
  return async (ctx: Context, next: Next) => {
    if (ctx.path !== '/profile') return next();
    const token = await engine.AccessToken.find(ctx.get('authorization').replace('Bearer ', ''));
    ctx.status = token ? 200 : 401;
    ctx.body = token ? { username: token.accountId } : { error: 'invalid_token' };
  };
}

/** The session of somebody who has signed in and agreed before. */
function signIn(engine: Provider, client: Client, scope: string) {
  return async (ctx: Context, next: Next) => {
    const [, accountId] = /^\/sign-in\/([\w-]+)$/.exec(ctx.path) ?? [];
    if (!accountId) return next();
    const grant = new engine.Grant({ accountId, clientId: client.id });
    grant.addOIDCScope(scope);
    const session = await engine.Session.get(ctx);
    session.loginAccount({ accountId });
    session.ensureClientContainer(client.id);
    session.grantIdFor(client.id, await grant.save());
    await session.save(WEEK);
    ctx.cookies.set(engine.cookieName('session'), session.jti, { httpOnly: true, signed: true });
    ctx.body = 'signed in';
  };
}

const [issuer = '', json = '{}', scope = 'read'] = process.argv.slice(2);
const client = JSON.parse(json) as Client;
const engine = new Provider(issuer, configuration(client));
engine.use(profile(engine));
engine.use(signIn(engine, client, scope));
engine.listen(Number(new URL(issuer).port), '127.0.0.1');
// By process.exit, or else V8 would not write the profile that was asked for.
process.on('SIGTERM', () => process.exit());
