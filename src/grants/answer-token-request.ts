/**
 * What every grant of the token endpoint shares: the scope rules before, and one statement after. The engine's
 * handlers check and issue; what they consume and save is only collected, and stored when all went well. So a refused
 * request changes nothing, and of two that race only one stores anything.
 */
import { errors } from 'oidc-provider';
import { applicationOf } from '../engine/clients.js';
import { requestMemory } from '../engine/request-memory.js';
import { getDefaultScopes, requireKnownScopes } from '../scopes/known-scopes.js';
import type { GrantDeps, TokenGrant, TokenRequest } from './token-request.js';

type Asked = Pick<TokenRequest, 'ctx' | 'provider' | 'client' | 'params' | 'sentScope'>;

/** @param issue the engine's own handler of the grant, or that of the plain case */
export async function answerTokenRequest(
  deps: GrantDeps,
  grant: TokenGrant,
  asked: Asked,
  issue: (request: TokenRequest) => Promise<void>,
): Promise<void> {
  const memory = requestMemory(asked.ctx);
  if (memory.refusal) throw memory.refusal;
  memory.issued = {};
  const { activity, config, database, freshCodes, liveTokens, mails, outages, passwords } = deps;
  const { ctx, provider, client, params, sentScope } = asked;
  // Named one by one, as everything is that each token request makes: what a literal spreads out, V8 makes a new shape for
  // each time, which stays until it collects all of the garbage.
  const request: TokenRequest = {
    activity,
    config,
    database,
    freshCodes,
    liveTokens,
    mails,
    outages,
    passwords,
    ctx,
    provider,
    client,
    params,
    sentScope,
    memory,
    at: new Date(),
  };
  refuseUnknownScopes(request);
  await grant.answer(request, () => issue(request));
  countIssued(request);
}

/** For the owner of the application. A refresh that was answered again has issued nothing (refresh-token.ts counts it). */
function countIssued({ activity, client, ctx, memory, params }: TokenRequest): void {
  const { id } = applicationOf(client);
  const issued = memory.issued?.accessToken;
  if (!issued || memory.isRepeated) return;
  activity.count(id, 'token');
  if (params.grant_type === 'refresh_token') activity.count(id, 'refresh');
  else if (issued.grantId) {
    activity.count(id, 'sign_in');
    activity.note({
      applicationId: id,
      step: 'tokens',
      grantId: issued.grantId,
      requestId: ctx.state.requestId,
      details: { scope: issued.scope, grant: params.grant_type },
    });
  }
}

/**
 * The engine drops scopes it does not know in silence and lets some through; naming one that does not exist, or none
 * by an empty parameter, is refused (RFC 6749 5.2 invalid_scope).
 */
function refuseUnknownScopes({ params, sentScope, config }: TokenRequest): void {
  if (sentScope === undefined || params.grant_type === 'authorization_code') return;
  requireKnownScopes(config.scopes, sentScope);
}

/**
 * For grants that are given scopes directly (password, client credentials): those asked for, which the application
 * must be allowed, or the default ones when none is named.
 */
export function requestedScopes({ client, params, config }: TokenRequest): string[] {
  const application = applicationOf(client);
  const { scopes: allowed } = application;
  if (!params.scope) return getDefaultScopes(config.scopes, application);
  const requested = [...new Set(params.scope.split(' '))];
  const refused = allowed ? requested.filter((scope) => !allowed.includes(scope)) : [];
  if (refused.length) {
    throw new errors.InvalidScope(`the application may not ask for: ${refused.join(' ')}`, refused.join(' '));
  }
  return requested;
}
