/**
 * The steps of a sign-in as the engine takes them, for the developer who watches (src/applications/activity). The token
 * endpoint notes its own (grants/answer-token-request.ts).
 */
import type Provider from 'oidc-provider';
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { Activity, Step } from '../applications/activity/activity.js';
import { applicationOf } from './clients.js';

/** Of a request that was let in: what the developer sent, less what is random. */
function requestOf({ oidc: { params } }: KoaContextWithOIDC): Record<string, unknown> {
  const { scope, redirect_uri: redirectUri, prompt } = params ?? {};
  return { scope, redirect_uri: redirectUri, ...(prompt ? { prompt } : {}) };
}

export function noteSignIns(engine: Provider, activity: Activity): void {
  function note(
    ctx: KoaContextWithOIDC,
    step: Step,
    { grantId, details }: { grantId?: string | undefined; details?: Record<string, unknown> } = {},
  ): void {
    const { client, entities } = ctx.oidc;
    if (!client) return;
    activity.note({
      applicationId: applicationOf(client).id,
      step,
      // The engine passes it on from one page of a sign-in to the next.
      flow: (entities.Interaction as { cid?: string } | undefined)?.cid,
      grantId,
      requestId: ctx.state.requestId,
      details: details ?? {},
    });
  }

  engine.on('interaction.started', (ctx, prompt) =>
    note(ctx, prompt.name === 'consent' ? 'consent_page' : 'login_page', { details: requestOf(ctx) }),
  );
  engine.on('interaction.ended', (ctx) => {
    const { result } = ctx.oidc.entities.Interaction ?? {};
    if (result?.login) note(ctx, 'signed_in');
    if (result?.consent) note(ctx, 'allowed');
  });
  engine.on('authorization.success', (ctx) =>
    note(ctx, 'code_sent', {
      grantId: ctx.oidc.entities.AuthorizationCode?.grantId,
      details: requestOf(ctx),
    }),
  );
  engine.on('authorization.error', (ctx, error) => note(ctx, 'refused', { details: { error: error.error } }));
}
