/**
 * The refresh token grant (RFC 6749 6), rotating at each use. Presenting a token again within the grace period, before
 * its successor was used, is an honest double submit (two tabs, a lost response) and gives the same answer again.
 * Anything later is theft: the whole family is revoked (RFC 9700 4.14.2).
 *
 * Time in which nobody could reach the server does not count into the grace (tokens/outages.ts). A refresh that was
 * committed just before a crash of the database, its answer lost with the connection, would otherwise be taken for theft
 * if the database was away for longer than the grace, and a person be signed out who did nothing wrong. To a thief that
 * gives nothing which the grace does not give already: in the seconds in which the server can be asked there are as many as
 * before, the thief and the client get one and the same successor, and whichever of them uses it second is found out. A
 * longer grace for everything that was not used would be another matter: a thief who refreshes first and a client who
 * comes a minute later would go on side by side (RFC 9700 wants the reuse to be seen).
 */
import { errors } from 'oidc-provider';
import { mayGoOn } from '../accounts/email-addresses/require-verified-email.js';
import { applicationOf } from '../engine/clients.js';
import { because } from '../http/errors.js';
import { hashToken } from '../secrets/token-hash.js';
import {
  type FoundRefreshToken,
  findRefreshToken,
  isUnused,
  rotateRefreshToken,
} from '../tokens/refresh-tokens.js';
import { openReplay, sealReplay } from '../tokens/replay.js';
import { revokeStolenGrant } from './revoke-stolen-grant.js';
import { invalidGrant, issuedTokens, type TokenGrant, type TokenRequest } from './token-request.js';

export const refreshToken: TokenGrant = {
  grantType: 'refresh_token',
  parameters: ['refresh_token', 'scope'],
  isOfEngine: true,
  isIssuedPlainly: true,

  async answer(request, issue) {
    const { ctx, client, params, config, database, liveTokens, memory, at } = request;
    const { refresh_token: token } = params;
    const known = memory.refreshToken?.value === token ? memory.refreshToken?.found : undefined;
    const found = known ?? (token ? await findRefreshToken(database, hashToken(token)) : undefined);
    if (!token || found?.clientId !== client.clientId) {
      // Missing, unknown or another client's: the engine says so, and nothing happens to the token.
      return issue();
    }
    // Before anything else is looked at: theft is theft, whatever the thief asks for.
    if (found.consumedAt) await refuseReuse(request, found);
    params.scope = requestedScope(params.scope, found, applicationOf(client).scopes);
    if (found.holder && !mayGoOn(config, found.holder))
      throw because('email_not_verified', invalidGrant('the email address of the account is not verified'));
    if (found.consumedAt) return answerAgain(request, token, found);
    memory.refreshToken = { value: token, found };
    await issue();
    const issued = issuedTokens(request);
    if (!issued.refreshToken) throw new Error('A refresh always rotates.');
    const replay = sealReplay(token, ctx.body);
    const { accessToken, refreshToken } = issued;
    const rotation = { hash: found.hash, at, replay, accessToken, refreshToken };
    let isFirst: boolean;
    try {
      isFirst = await rotateRefreshToken(database, rotation);
    } finally {
      // Also after an error: the connection may have broken with the commit done.
      if (found.accessTokenHash) liveTokens.forget(found.accessTokenHash);
    }
    if (!isFirst) return answerLikeTheFirst(request, token, found);
  },
};

/** Somebody was faster since we read the row: by now it is used, and holds the answer they got. */
async function answerLikeTheFirst(
  request: TokenRequest,
  token: string,
  read: FoundRefreshToken,
): Promise<void> {
  const used = await findRefreshToken(request.database, read.hash);
  if (!used?.consumedAt) throw invalidGrant('the refresh token is no longer valid');
  await refuseReuse(request, used);
  answerAgain(request, token, used);
}

/**
 * What of the token's scope is asked for, undefined for all of it. offline_access is not granted where it was asked for
 * without prompt=consent (OpenID Connect Core 11), but clients that repeat their scope here, such as Authlib, name it.
 * @param allowed what the application may have by now; null: everything
 * @throws InvalidScope for more than was granted
 */
function requestedScope(
  scope: string | undefined,
  { scope: granted }: FoundRefreshToken,
  allowed: string[] | null,
): string | undefined {
  const grantedScopes = granted?.split(' ') ?? [];
  const asked =
    scope?.split(' ').filter((name) => grantedScopes.includes(name) || name !== 'offline_access') ?? [];
  const wider = asked.filter((name) => !grantedScopes.includes(name));
  if (wider.length) {
    const names = wider.join(' ');
    const error = new errors.InvalidScope(`not granted to this refresh token: ${names}`, names);
    throw because('scope_not_granted', error);
  }
  const isEverythingAllowed = !allowed || grantedScopes.every((name) => allowed.includes(name));
  if (isEverythingAllowed) return asked.length ? asked.join(' ') : undefined;
  const left = (asked.length ? asked : grantedScopes).filter((name) => allowed.includes(name));
  if (!left.length)
    throw invalidGrant('the application may no longer have any of the scopes that were granted');
  return left.join(' ');
}

/**
 * Lets an honest double submit pass.
 * @throws InvalidGrant for any other use of what was used before, with the whole family revoked
 */
async function refuseReuse(request: TokenRequest, used: FoundRefreshToken): Promise<void> {
  const { activity, client, at, database } = request;
  const isAlive = used.holder !== undefined && used.grant !== undefined && used.grant.expiresAt > at;
  if (!isAlive) throw invalidGrant('the refresh token is no longer valid');
  const { replay, successorHash } = used;
  const isUntouched = replay && successorHash && (await isUnused(database, successorHash));
  if (isUntouched && (await isWithinGrace(request, used.consumedAt as Date))) return;
  await revokeStolenGrant(request, 'refresh.reuse_detected', used);
  activity.count(applicationOf(client).id, 'refresh_reused');
  throw invalidGrant('the refresh token was used before; every token of this sign-in has been revoked');
}

/** The answer that the first use got. */
function answerAgain(
  { activity, client, ctx, memory }: TokenRequest,
  token: string,
  { replay }: FoundRefreshToken,
): void {
  ctx.body = openReplay(token, replay as Buffer);
  memory.isRepeated = true;
  activity.count(applicationOf(client).id, 'refresh_repeated');
}

async function isWithinGrace({ client, at, config, outages }: TokenRequest, usedAt: Date): Promise<boolean> {
  const grace = applicationOf(client).refreshGracePeriod ?? config.lifetimes.refreshGracePeriod;
  const age = (at.getTime() - usedAt.getTime()) / 1000;
  if (age <= grace) return true;
  // Of 0 seconds: the application wants none, whatever happened.
  if (grace === 0) return false;
  return age - (await outages.secondsBetween(usedAt, at)) <= grace;
}
