/** Codes and tokens: the engine's AuthorizationCode, AccessToken, ClientCredentials, RefreshToken and Grant. */
import Provider, { errors } from 'oidc-provider';
import { recordEvent } from '../../audit/audit.js';
import type { Database, Db } from '../../database/database.js';
import { hashToken } from '../../secrets/token-hash.js';
import { deleteAccessToken, insertAccessToken } from '../../tokens/access-tokens.js';
import { consumeCode, findCode, insertCode } from '../../tokens/authorization-codes.js';
import {
  asActedOn,
  findGrant,
  grantPayload,
  type NewGrant,
  revokeGrant,
  saveGrant,
  toGrantRecord,
} from '../../tokens/grants.js';
import { type FoundToken, toPayload, toTokenRecord } from '../../tokens/records.js';
import {
  consumeRefreshToken,
  deleteRefreshToken,
  findRefreshToken,
  insertRefreshToken,
} from '../../tokens/refresh-tokens.js';
import { REDIRECT_URI_OMITTED } from '../authorization-parameters.js';
import {
  currentRoute,
  hasJustSignedIn,
  justSignedInEpoch,
  rememberOwner,
  requestMemory,
  resolveStandIn,
} from '../request-memory.js';
import { type AdapterDeps, failUnless, type ModelAdapter } from './model-adapter.js';

/**
 * The engine asks this of every model, codes included, after any token was revoked. A revocation request names one
 * token, which has taken with it what it should by then: an access token only itself, a refresh token its grant.
 */
export async function revokeFamily(database: Database, grantId: string): Promise<void> {
  if (currentRoute() !== 'revocation') await revokeGrant(database.knex, grantId);
}

/** What a client takes back, and the audit event of it: both or neither, wherever the connection breaks. */
async function revokeWithEvent(
  database: Database,
  kind: string,
  revoke: (transaction: Db) => Promise<void>,
): Promise<void> {
  const { oidc, state } = Provider.ctx ?? {};
  await database.knex.transaction(async (transaction) => {
    await revoke(transaction);
    await recordEvent(transaction, {
      event: 'token.revoked',
      at: new Date(),
      clientId: oidc?.client?.clientId,
      accountId: requestMemory().grant?.accountId,
      network: state?.network,
      requestId: state?.requestId,
      details: { kind },
    });
  });
}

export function authorizationCodes({ database, freshCodes }: AdapterDeps): ModelAdapter {
  return {
    async find(code) {
      const { code: known } = requestMemory();
      const found = known?.value === code ? known.found : await findCode(database, hashToken(code));
      if (!found) return undefined;
      rememberOwner(found);
      return toPayload('AuthorizationCode', code, found, found.consumedAt);
    },
    async upsert(code, payload) {
      const record = toTokenRecord('authorization_codes', code, Object.assign(payload, redirectUriOmitted()));
      const { newGrant, holder } = requestMemory();
      if (!(await insertCode(database, { code: record, newGrant }))) throw refuseGrant(newGrant);
      if (newGrant && newGrant.id === record.grantId && holder?.id === record.accountId)
        freshCodes.remember(Object.assign(record, { grant: newGrant, holder, consumedAt: null }));
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

/** Whoever signs in by this request has a session only at its end: the sign-in stands for it. */
function basisOfGrant(): NewGrant['basis'] {
  const { session, isByConsent } = requestMemory();
  return hasJustSignedIn()
    ? { accessEpoch: justSignedInEpoch(), isByConsent }
    : { sessionUid: session?.uid, isByConsent };
}

/**
 * The session, the sign-in or the consent has ended since it was read. The application hears what it would have heard just
 * after, had it asked without a page; it asks again, and the person with it.
 */
export function refuseGrant(newGrant: NewGrant | undefined): Error {
  const sentence = 'the person was signed out, or took back what they had allowed, in the meantime';
  return newGrant?.basis.isByConsent
    ? new errors.InteractionRequired(sentence)
    : new errors.LoginRequired(sentence);
}

/** Kept with the code for the token request (grants/authorization-code.ts). */
function redirectUriOmitted(): { redirectUriOmitted?: true } {
  return Provider.ctx?.oidc.params?.[REDIRECT_URI_OMITTED] ? { redirectUriOmitted: true } : {};
}

const isClientCredentials = (found: FoundToken): boolean => found.accountId === null;

export function accessTokens(
  { database, liveTokens }: AdapterDeps,
  kind: 'AccessToken' | 'ClientCredentials',
): ModelAdapter {
  return {
    async find(token) {
      // Both models live in one table, and the engine asks for both at once: one statement answers.
      const found = await liveTokens.find(hashToken(resolveStandIn(token)), new Date());
      if (!found) return undefined;
      rememberOwner(found);
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
      const hash = hashToken(resolveStandIn(token));
      try {
        if (currentRoute() === 'revocation')
          await revokeWithEvent(database, kind, (transaction) => deleteAccessToken(transaction, hash));
        else await deleteAccessToken(database.knex, hash);
      } finally {
        // Also after an error: the connection may have broken with the commit done.
        liveTokens.forget(hash);
      }
    },
    revokeByGrantId: (grantId) => revokeFamily(database, grantId),
  };
}

export function refreshTokens({ database, liveTokens }: AdapterDeps): ModelAdapter {
  return {
    async find(token) {
      // A refresh token is no access token: a resource server that asks must be told it is not active.
      if (currentRoute() === 'introspection') return undefined;
      const { refreshToken: known } = requestMemory();
      const found =
        known?.value === token
          ? known.found
          : await findRefreshToken(database, hashToken(resolveStandIn(token)));
      if (!found) return undefined;
      rememberOwner(found);
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
      const hash = hashToken(resolveStandIn(token));
      if (currentRoute() !== 'revocation') return deleteRefreshToken(database.knex, hash);
      try {
        await revokeWithEvent(database, 'RefreshToken', async (transaction) => {
          await deleteRefreshToken(transaction, hash);
          const { grant } = requestMemory();
          if (grant) await revokeGrant(transaction, grant.id);
        });
      } finally {
        liveTokens.forgetAll();
      }
    },
    revokeByGrantId: (grantId) => revokeFamily(database, grantId),
  };
}

export function grants({ database, liveTokens }: AdapterDeps): ModelAdapter {
  const revoke = async (id: string) => {
    try {
      await revokeGrant(database.knex, id);
    } finally {
      liveTokens.forgetAll();
    }
  };
  return {
    async find(id) {
      const memory = requestMemory();
      if (memory.newGrant?.id === id) return grantPayload(memory.newGrant);
      if (memory.grant?.id !== id) memory.grant = await findGrant(database, id);
      return memory.grant && grantPayload(memory.grant);
    },
    async upsert(id, payload) {
      const grant = asActedOn(toGrantRecord(id, payload), requestMemory().actor);
      // Stored together with the code it leads to, or not at all when the request ends without one.
      const newGrant = Object.assign(grant, { basis: basisOfGrant() });
      if (currentRoute()) requestMemory().newGrant = newGrant;
      else await saveGrant(database, newGrant);
    },
    destroy: revoke,
    revokeByGrantId: revoke,
  };
}
