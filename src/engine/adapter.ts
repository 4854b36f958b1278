/**
 * The engine's storage: each of its models on the tables of src/tokens and the session store. The engine hands over
 * and wants back plain payloads; what it looks up by a credential is found by that credential's hash alone.
 *
 * During a token request what is consumed and issued is only collected here; grants/exchange.ts stores it in one
 * statement. Elsewhere consume() is a single conditional UPDATE, since the engine checks "consumed" and only then
 * consumes: of two that race, the second must fail here.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Adapter, type AdapterPayload, errors } from 'oidc-provider';
import type { Database } from '../database/database.js';
import { deleteAccessToken, findAccessToken, insertAccessToken } from '../tokens/access-tokens.js';
import { consumeCode, findCode, insertCode } from '../tokens/authorization-codes.js';
import {
  consumeDeviceCode,
  deleteDeviceCode,
  type DeviceCodeRecord,
  findDeviceCode,
  findDeviceCodeByUserCode,
  insertDeviceCode,
  updateDeviceCode,
} from '../tokens/device-codes.js';
import { findGrant, grantPayload, revokeGrant, saveGrant, toGrantRecord } from '../tokens/grants.js';
import { type EnginePayload, type FoundToken, toPayload, toTokenRecord } from '../tokens/records.js';
import {
  consumeRefreshToken,
  deleteRefreshToken,
  findRefreshToken,
  insertRefreshToken,
} from '../tokens/refresh-tokens.js';
import { hashShortCode, hashToken } from '../tokens/token-hash.js';
import { currentRoute, remember, requestMemory } from './request-memory.js';
import {
  deleteSession,
  findInteraction,
  findSession,
  findSessionByUid,
  finishInteraction,
  saveInteraction,
  saveSession,
} from './sessions-store.js';

type ModelAdapter = Partial<{
  find(id: string): Promise<EnginePayload | undefined>;
  findByUid(uid: string): Promise<EnginePayload | undefined>;
  findByUserCode(userCode: string): Promise<EnginePayload | undefined>;
  upsert(id: string, payload: EnginePayload): Promise<void>;
  consume(id: string): Promise<void>;
  destroy(id: string): Promise<void>;
  revokeByGrantId(grantId: string): Promise<void>;
}>;

export interface AdapterDeps {
  database: Database;
  /** Key of the HMAC over user codes and device handles. */
  userCodeKey: Buffer;
}

const seconds = (date: Date): number => Math.floor(date.getTime() / 1000);

function failUnless(consumed: boolean): void {
  if (!consumed) throw new errors.InvalidGrant('already used');
}

/**
 * The engine asks this of every model, codes included, after any token was revoked. A revocation request names one
 * token: an access token takes only itself, and a refresh token its grant, which the engine then destroys by name.
 */
async function revokeFamily(database: Database, grantId: string): Promise<void> {
  if (currentRoute() !== 'revocation') await revokeGrant(database, grantId);
}

function authorizationCodes({ database }: AdapterDeps): ModelAdapter {
  return {
    async find(code) {
      const found = requestMemory().presented.get(code) ?? (await findCode(database, hashToken(code)));
      if (!found) return undefined;
      remember(code, found);
      return toPayload('AuthorizationCode', code, found, found.consumedAt);
    },
    async upsert(code, payload) {
      await insertCode(database, requestMemory().newGrant, toTokenRecord('authorization_codes', code, payload));
    },
    async consume(code) {
      if (requestMemory().issued) return;
      failUnless(await consumeCode(database, hashToken(code), new Date()));
    },
    async destroy(code) {
      await consumeCode(database, hashToken(code), new Date());
    },
    revokeByGrantId: (grantId) => revokeFamily(database, grantId),
  };
}

const isClientCredentials = (found: FoundToken): boolean => found.accountId === null;

function accessTokens({ database }: AdapterDeps, kind: 'AccessToken' | 'ClientCredentials'): ModelAdapter {
  return {
    async find(token) {
      // Both models live in one table; the engine asks for both, and the second answer comes from memory.
      const known = requestMemory().presented.get(token);
      const found = known ?? (await findAccessToken(database, hashToken(token), new Date()));
      if (!found || known?.consumedAt !== undefined) return undefined;
      remember(token, found);
      if (isClientCredentials(found) !== (kind === 'ClientCredentials')) return undefined;
      return toPayload(kind, token, found);
    },
    async upsert(token, payload) {
      const record = toTokenRecord('access_tokens', token, payload);
      const { issued } = requestMemory();
      if (issued) issued.accessToken = record;
      else await insertAccessToken(database, record);
    },
    async destroy(token) {
      await deleteAccessToken(database, hashToken(token));
    },
    revokeByGrantId: (grantId) => revokeFamily(database, grantId),
  };
}

function refreshTokens({ database }: AdapterDeps): ModelAdapter {
  return {
    async find(token) {
      // A refresh token is no access token: a resource server that asks must be told it is not active.
      if (currentRoute() === 'introspection') return undefined;
      const found = requestMemory().presented.get(token) ?? (await findRefreshToken(database, hashToken(token)));
      if (!found || found.consumedAt === undefined) return undefined;
      remember(token, found);
      return toPayload('RefreshToken', token, found, found.consumedAt);
    },
    async upsert(token, payload) {
      const record = toTokenRecord('refresh_tokens', token, payload);
      const { issued } = requestMemory();
      if (issued) issued.refreshToken = record;
      else await insertRefreshToken(database, record);
    },
    async consume(token) {
      if (requestMemory().issued) return;
      failUnless(await consumeRefreshToken(database, hashToken(token), new Date()));
    },
    async destroy(token) {
      await deleteRefreshToken(database, hashToken(token));
    },
    revokeByGrantId: (grantId) => revokeFamily(database, grantId),
  };
}

function grants({ database }: AdapterDeps): ModelAdapter {
  return {
    async find(id) {
      const memory = requestMemory();
      if (memory.newGrant?.id === id) return grantPayload(memory.newGrant);
      const presented = [...memory.presented.values()].find((found) => found.grant?.id === id);
      const grant = presented?.grant ?? (await findGrant(database, id));
      return grant && grantPayload(grant);
    },
    async upsert(id, payload) {
      const grant = toGrantRecord(id, payload);
      // Stored together with the code it leads to, or not at all when the request ends without one.
      if (currentRoute()) requestMemory().newGrant = grant;
      else await saveGrant(database, grant);
    },
    destroy: (id) => revokeGrant(database, id),
    revokeByGrantId: (id) => revokeGrant(database, id),
  };
}

/**
 * A person who types a user code gets the engine a handle on the device code instead of the code itself, which only
 * the device knows: the row's hash with a MAC, so that the bare hash of a dump is no credential.
 */
function deviceCodes({ database, userCodeKey }: AdapterDeps): ModelAdapter {
  const macOf = (hash: Buffer) => createHmac('sha256', userCodeKey).update('device handle').update(hash).digest();
  const handleOf = (hash: Buffer) => `~${hash.toString('base64url')}.${macOf(hash).toString('base64url')}`;
  const hashOf = (id: string): Buffer => {
    if (!id.startsWith('~')) return hashToken(id);
    const [hash = '', mac = ''] = id.slice(1).split('.');
    const claimed = Buffer.from(mac, 'base64url');
    const bytes = Buffer.from(hash, 'base64url');
    const isOurs = claimed.length === 32 && timingSafeEqual(claimed, macOf(bytes));
    return isOurs ? bytes : hashToken(id);
  };
  const payloadOf = (jti: string, record: DeviceCodeRecord): EnginePayload => ({
    ...record.details,
    kind: 'DeviceCode',
    jti,
    clientId: record.clientId,
    ...(record.grantId === null ? {} : { grantId: record.grantId }),
    exp: seconds(record.expiresAt),
    ...(record.consumedAt ? { consumed: seconds(record.consumedAt) } : {}),
  });

  return {
    async find(id) {
      const record = await findDeviceCode(database, hashOf(id));
      return record && payloadOf(id, record);
    },
    async findByUserCode(userCode) {
      const record = await findDeviceCodeByUserCode(database, hashShortCode(userCodeKey, userCode));
      return record && { ...payloadOf(handleOf(record.hash), record), userCode };
    },
    async upsert(id, payload) {
      const { userCode, clientId, grantId, exp, jti: _jti, kind: _kind, consumed: _consumed, ...details } = payload;
      const hash = hashOf(id);
      const grant = grantId === undefined ? null : String(grantId);
      const { newGrant } = requestMemory();
      if (newGrant && newGrant.id === grant) await saveGrant(database, newGrant);
      if (id.startsWith('~') || typeof userCode !== 'string') {
        await updateDeviceCode(database, { hash, grantId: grant, details });
        return;
      }
      await insertDeviceCode(database, {
        hash,
        userCodeHmac: hashShortCode(userCodeKey, userCode),
        clientId: String(clientId),
        grantId: grant,
        expiresAt: new Date(Number(exp) * 1000),
        details,
      });
    },
    async consume(id) {
      if (requestMemory().issued) return;
      failUnless(await consumeDeviceCode(database, hashOf(id), new Date()));
    },
    destroy: (id) => deleteDeviceCode(database, hashOf(id)),
    revokeByGrantId: (grantId) => revokeFamily(database, grantId),
  };
}

interface SessionPayload extends EnginePayload {
  authorizations?: Record<string, { grantId?: string }>;
}

/** What of a session is worth writing: not its clock, and not the grants, which live in rows of their own. */
function sessionDetails(payload: SessionPayload): Record<string, unknown> {
  const { jti: _jti, kind: _kind, exp: _exp, iat: _iat, uid: _uid, authorizations, ...details } = payload;
  if (!authorizations) return details;
  const kept = Object.entries(authorizations).map(([clientId, { grantId: _grantId, ...rest }]) => [clientId, rest]);
  return { ...details, authorizations: Object.fromEntries(kept) };
}

// A session is extended at each use; writing that down is worth a statement only once a tenth of its life has passed.
const WORTH_EXTENDING = 0.1;

function sessions({ database }: AdapterDeps): ModelAdapter {
  return {
    async find(id) {
      const session = await findSession(database, id, new Date());
      if (!session) return undefined;
      const { accountId: _accountId, ...anonymous } = session.details;
      const details = session.holder ? session.details : anonymous;
      const memory = requestMemory();
      memory.holder = session.holder;
      memory.sessionAsRead = JSON.stringify({ id, exp: seconds(session.expiresAt), details });
      return { ...details, kind: 'Session', jti: id, uid: session.uid, exp: seconds(session.expiresAt) };
    },
    async findByUid(uid) {
      const session = await findSessionByUid(database, uid, new Date());
      return session && { ...session.details, kind: 'Session', uid, exp: seconds(session.expiresAt) };
    },
    async upsert(id, payload) {
      const exp = Number(payload.exp);
      const details = sessionDetails(payload);
      const { sessionAsRead } = requestMemory();
      if (sessionAsRead) {
        const before = JSON.parse(sessionAsRead) as { exp: number };
        const unchanged = sessionAsRead === JSON.stringify({ id, exp: before.exp, details });
        const life = exp - seconds(new Date());
        if (unchanged && exp - before.exp < life * WORTH_EXTENDING) return;
      }
      await saveSession(database, id, {
        uid: String(payload.uid),
        accountId: payload.accountId === undefined ? null : Number(payload.accountId),
        details,
        expiresAt: new Date(exp * 1000),
      });
    },
    destroy: (id) => deleteSession(database, id),
  };
}

// Stands for the interaction's own id in what is stored: returnTo ends with it, and it is a credential.
const ID_PLACEHOLDER = '{uid}';

function interactions({ database }: AdapterDeps): ModelAdapter {
  return {
    async find(uid) {
      const record = await findInteraction(database, uid, new Date());
      if (!record || record.finishedAt) return undefined;
      const { returnTo } = record.details;
      return {
        ...record.details,
        returnTo: String(returnTo).replace(ID_PLACEHOLDER, uid),
        kind: 'Interaction',
        jti: uid,
        exp: seconds(record.expiresAt),
      };
    },
    async upsert(uid, payload) {
      const { jti: _jti, kind: _kind, exp, session, returnTo, ...details } = payload;
      // The engine keeps the session's cookie value here and never reads it.
      const { cookie: _cookie, ...keptSession } = (session ?? {}) as { cookie?: string };
      await saveInteraction(database, uid, {
        details: {
          ...details,
          ...(session ? { session: keptSession } : {}),
          returnTo: String(returnTo).replace(uid, ID_PLACEHOLDER),
        },
        expiresAt: new Date(Number(exp) * 1000),
      });
    },
    destroy: (uid) => finishInteraction(database, uid, new Date()),
  };
}

function unused(model: string): Adapter {
  const refuse = async () => {
    throw new Error(`${model} is not stored: the feature of the engine that needs it is off.`);
  };
  return {
    find: refuse,
    findByUid: refuse,
    findByUserCode: refuse,
    upsert: refuse,
    consume: refuse,
    destroy: refuse,
    revokeByGrantId: refuse,
  };
}

/** The engine's adapter factory: one adapter for each of its models. */
export function createAdapter(deps: AdapterDeps): (model: string) => Adapter {
  const models: Record<string, ModelAdapter> = {
    AuthorizationCode: authorizationCodes(deps),
    AccessToken: accessTokens(deps, 'AccessToken'),
    ClientCredentials: accessTokens(deps, 'ClientCredentials'),
    RefreshToken: refreshTokens(deps),
    Grant: grants(deps),
    DeviceCode: deviceCodes(deps),
    Session: sessions(deps),
    Interaction: interactions(deps),
  };
  // The payloads are the engine's own, passed through; its type names every property any model might have.
  return (model) => ({ ...unused(model), ...(models[model] as { find(id: string): Promise<AdapterPayload> }) });
}
