/**
 * What the engine's errors say to a client's developer. Its texts are kept apart in two: `error_detail`, which knows
 * the cause, and `error_description`, which mostly does not say it. The table says it where that helps no attacker.
 */
import type Provider from 'oidc-provider';
import type { errors, KoaContextWithOIDC } from 'oidc-provider';

const DESCRIPTIONS: Record<string, string> = {
  'authorization code not found': 'the authorization code is unknown or has expired',
  'authorization code is expired': 'the authorization code has expired',
  'authorization code redirect_uri mismatch':
    'redirect_uri is not the one of the authorization request; both must be identical',
  'client mismatch': 'it was issued to another client',
  'refresh token not found': 'the refresh token is unknown, revoked or has expired',
  'refresh token is expired': 'the refresh token has expired',
  'grant not found': 'the authorization was revoked',
  'grant is expired': 'the authorization has expired; the person has to sign in again',
  'device code not found': 'the device code is unknown or has expired',
  'code_verifier does not match code_challenge':
    'the authorization request had no code_challenge, so code_verifier must not be sent',
  'requested grant type is not allowed for this client': 'this application may not use this grant',
};

type EngineError = errors.OIDCProviderError & { error_detail?: string };

interface Answer {
  error: string;
  error_description?: string;
}

export function describeEngineErrors(engine: Provider): void {
  const describe = (ctx: KoaContextWithOIDC, error: EngineError) => {
    const answer = ctx.body as Answer | undefined;
    if (!answer || typeof answer !== 'object' || !('error' in answer)) return;
    if (answer.error_description === 'no client authentication mechanism provided')
      answer.error = 'invalid_client';
    if (
      answer.error === 'invalid_request' &&
      answer.error_description?.startsWith('requested grant type is not')
    ) {
      answer.error = 'unauthorized_client';
    }
    const known = DESCRIPTIONS[error.error_detail ?? ''] ?? DESCRIPTIONS[answer.error_description ?? ''];
    if (known) answer.error_description = known;
    if (answer.error === 'invalid_client') challengeClient(ctx, answer);
  };
  engine.on('grant.error', describe);
  engine.on('introspection.error', describe);
  engine.on('revocation.error', describe);
  engine.on('device_authorization.error', describe);
}

/** RFC 6749 5.2: 401 with a challenge of the scheme a client should use. Unknown and wrong sound the same. */
function challengeClient(ctx: KoaContextWithOIDC, answer: Answer): void {
  const body = ctx.oidc.body as Record<string, unknown> | undefined;
  const sentSecret = Boolean(ctx.get('authorization') || body?.client_secret);
  const sentId = Boolean(ctx.get('authorization') || body?.client_id);
  answer.error_description = sentSecret
    ? 'client authentication failed: client_id or client_secret is wrong'
    : `client authentication failed: ${sentId ? 'no client_secret was sent' : 'no client credentials were sent'}`;
  ctx.status = 401;
  ctx.set('WWW-Authenticate', `Basic realm="${ctx.oidc.provider.issuer}", error="invalid_client"`);
}
