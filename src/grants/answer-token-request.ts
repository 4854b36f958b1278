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

/** @param issue the engine's own handler of the grant */
export async function answerTokenRequest(
  deps: GrantDeps,
  grant: TokenGrant,
  ctx: TokenRequest['ctx'],
  issue: () => Promise<void>,
): Promise<void> {
  const memory = requestMemory();
  memory.issued = {};
  const request: TokenRequest = { ...deps, ctx, provider: ctx.oidc.provider, memory, at: new Date() };
  refuseUnknownScopes(request);
  await grant.answer(request, issue);
}

/**
 * The engine drops scopes it does not know in silence and lets some through; naming one that does not exist, or none
 * by an empty parameter, is refused (RFC 6749 5.2 invalid_scope).
 */
function refuseUnknownScopes({ ctx, config }: TokenRequest): void {
  const sent = (ctx.oidc.body as { scope?: string } | undefined)?.scope;
  if (sent === undefined || ctx.oidc.params.grant_type === 'authorization_code') return;
  requireKnownScopes(config.scopes, sent);
}

/**
 * For grants that are given scopes directly (password, client credentials): those asked for, which the application
 * must be allowed, or the default ones when none is named.
 */
export function requestedScopes({ ctx, config }: TokenRequest): string[] {
  const application = applicationOf(ctx.oidc.client);
  const { scopes: allowed } = application;
  if (!ctx.oidc.params.scope) return getDefaultScopes(config.scopes, application);
  const requested = [...new Set(ctx.oidc.params.scope.split(' '))];
  const refused = allowed ? requested.filter((scope) => !allowed.includes(scope)) : [];
  if (refused.length) {
    throw new errors.InvalidScope(`the application may not ask for: ${refused.join(' ')}`, refused.join(' '));
  }
  return requested;
}
