/**
 * What every grant of the token endpoint shares: the scope rules before, and one statement after. The engine's
 * handlers check and issue; what they consume and save is only collected, and stored when all went well. So a refused
 * request changes nothing, and of two that race only one stores anything.
 */
import { errors } from 'oidc-provider';
import { applicationOf } from '../engine/clients.js';
import { requestMemory } from '../engine/request-memory.js';
import { defaultScopesFor, listScopes } from '../scopes/scopes.js';
import type { GrantDeps, TokenGrant, TokenRequest } from './token-request.js';

type EngineHandler = (ctx: TokenRequest['ctx']) => unknown;

/** Answers one token request: prepare, let the engine (or the grant itself) issue, store. */
export async function exchange(
  deps: GrantDeps,
  grant: TokenGrant,
  engineHandler: EngineHandler,
  ctx: TokenRequest['ctx'],
): Promise<void> {
  const memory = requestMemory();
  memory.issued = {};
  const request: TokenRequest = { ...deps, ctx, provider: ctx.oidc.provider, memory, at: new Date() };
  refuseUnknownScopes(request);
  if ((await grant.prepare?.(request)) === 'answered') return;
  if (grant.issue) await grant.issue(request);
  else await engineHandler(ctx);
  await grant.store(request);
}

/**
 * The engine drops scopes it does not know in silence and lets some through; naming one that does not exist, or none
 * by an empty parameter, is refused (RFC 6749 5.2 invalid_scope).
 */
function refuseUnknownScopes({ ctx, config }: TokenRequest): void {
  const sent = (ctx.oidc.body as { scope?: string } | undefined)?.scope;
  if (sent === undefined || ctx.oidc.params.grant_type === 'authorization_code') return;
  const known = new Set(listScopes(config.scopes));
  const unknown = sent.split(' ').filter((scope) => !known.has(scope));
  if (unknown.length) throw invalidScope(unknown);
}

function invalidScope(scopes: string[]): errors.InvalidScope {
  const names = scopes.filter(Boolean).join(' ');
  return new errors.InvalidScope(names ? `unknown scope: ${names}` : 'the scope parameter is empty', names);
}

/**
 * For grants that are given scopes directly (password, client credentials): those asked for, which the application
 * must be allowed, or the default ones when none is named.
 */
export function requestedScopes({ ctx, config }: TokenRequest): string[] {
  const { scopes: allowed } = applicationOf(ctx.oidc.client);
  if (!ctx.oidc.params.scope) return defaultScopesFor(config.scopes, allowed);
  const requested = [...new Set(ctx.oidc.params.scope.split(' '))];
  const refused = allowed ? requested.filter((scope) => !allowed.includes(scope)) : [];
  if (refused.length) {
    throw new errors.InvalidScope(`the application may not ask for: ${refused.join(' ')}`, refused.join(' '));
  }
  return requested;
}
