/**
 * Introspection (RFC 7662). Whether a token is active depends on the token and on who asks, and on nothing else; so what
 * nearly every request is, a live token and a client that may know of it, is answered here. All others are the engine's:
 * what is refused, and what is not active for this client.
 */
import type { Context } from 'koa';
import type Provider from 'oidc-provider';
import type { Client } from 'oidc-provider';
import { listGroupsOf } from '../accounts/groups.js';
import type { SecretUses } from '../applications/secrets/secret-uses.js';
import type { Database } from '../database/database.js';
import { hashToken } from '../secrets/token-hash.js';
import { actOf } from '../tokens/grants.js';
import type { LiveAccessTokens } from '../tokens/live-access-tokens.js';
import { numericDate } from '../tokens/numeric-date.js';
import type { FoundToken } from '../tokens/records.js';
import { findPlainClient } from './authenticate-client.js';
import { applicationOf } from './clients.js';
import { claimsOfIntrospected } from './jwt-access-tokens.js';
import { requestMemory } from './request-memory.js';

interface Deps {
  engine: Provider;
  secretUses: SecretUses;
  database: Database;
  liveTokens: LiveAccessTokens;
}

/** Whether the client may be told about a token of this other (or of its own). */
export function mayIntrospect(asking: Client, clientId: string | undefined): boolean {
  const { clientType, introspectAny } = applicationOf(asking);
  return clientType === 'confidential' && (introspectAny || clientId === asking.clientId);
}

/** @returns whether the request is answered; if not, the engine has to do so */
export async function introspectPlainly(
  { engine, secretUses, database, liveTokens }: Deps,
  ctx: Context,
  body: Record<string, string>,
): Promise<boolean> {
  // Whom scripts of other origins may ask for, the engine knows, and what to say of a token that looks like a JWT.
  if (!body.token || body.token.includes('.') || ctx.get('Origin')) return false;
  const client = await findPlainClient({ engine, secretUses }, ctx, body);
  const found = client && (await liveTokens.find(hashToken(body.token), new Date()));
  if (!found || !mayIntrospect(client, found.clientId)) return false;
  const { accountId, clientId, issuedAt, expiresAt, scope, details } = found;
  // What no token of ours carries so far, and the engine would tell.
  if (details.aud !== undefined || details.extra !== undefined) return false;
  ctx.body = {
    active: true,
    sub: accountId === null ? undefined : String(accountId),
    client_id: clientId,
    exp: numericDate(expiresAt),
    iat: numericDate(issuedAt),
    sid: details.sid,
    iss: engine.issuer,
    scope: scope ?? undefined,
    token_type: 'Bearer',
    ...(await describeHolder(database, found)),
  };
  return true;
}

/** Adds to the engine's answer what a JWT says of itself, and who holds it. */
export async function completeIntrospection(ctx: Context, database: Database): Promise<void> {
  const answer = ctx.body as Record<string, unknown> & { active?: boolean; scope?: string };
  const { holder, grant } = requestMemory(ctx);
  if (!answer?.active) return;
  Object.assign(
    answer,
    claimsOfIntrospected(ctx),
    await describeHolder(database, { holder, grant, scope: answer.scope }),
  );
}

type Held = Pick<FoundToken, 'holder' | 'grant'> & { scope: string | null | undefined };

/**
 * `username`, which resource servers of Django OAuth Toolkit rely on, who acted in the person's place (RFC 8693 4.1), and
 * the groups where that scope was granted.
 */
async function describeHolder(database: Database, { holder, grant, scope }: Held): Promise<object> {
  if (!holder) return {};
  const wantsGroups = scope?.split(' ').includes('groups');
  const groups = wantsGroups ? await listGroupsOf(database.knex, holder.id) : undefined;
  return { username: holder.username, act: actOf(grant), groups };
}
