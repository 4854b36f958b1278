/**
 * The token endpoint without the engine, for the requests that nearly all are: the client has authenticated in a plain
 * way, may use the grant, and what is due are opaque tokens. The grants are the same as the engine calls
 * (src/grants), and what they refuse is handed to it to be worded, so that there is one rule and one refusal for each
 * mistake. For an equal answer the engine takes twice the CPU of the whole request.
 */
import type { Context } from 'koa';
import type Provider from 'oidc-provider';
import type { SecretUses } from '../applications/secrets/secret-uses.js';
import { answerTokenRequest } from '../grants/answer-token-request.js';
import { tokenGrants } from '../grants/index.js';
import { issuePlainly, NotPlain } from '../grants/issue-plainly.js';
import type { GrantDeps } from '../grants/token-request.js';
import { findPlainClient } from './authenticate-client.js';
import { requestMemory } from './request-memory.js';

interface Deps extends GrantDeps {
  engine: Provider;
  secretUses: SecretUses;
}

/** @returns whether the request is answered; if not, the engine has to do so, and nothing has been issued */
export async function answerPlainTokenRequest(
  deps: Deps,
  ctx: Context,
  body: Record<string, string>,
): Promise<boolean> {
  const grant = tokenGrants.find(({ grantType }) => grantType === body.grant_type);
  // Whom scripts of other origins may ask for, the engine knows.
  if (!grant?.isIssuedPlainly || ctx.get('Origin')) return false;
  const params = withoutEmpty(body);
  const client = await findPlainClient(deps, ctx, params);
  if (!client?.grantTypeAllowed(grant.grantType)) return false;
  const asked = { ctx, provider: deps.engine, client, params, sentScope: body.scope };
  try {
    await answerTokenRequest(deps, grant, asked, issuePlainly);
    return true;
  } catch (error) {
    if (!(error instanceof NotPlain)) requestMemory(ctx).refusal = error;
    return false;
  }
}

/** RFC 6749 3.2: a parameter without a value counts as missing. */
function withoutEmpty(body: Record<string, string>): Record<string, string> {
  const params: Record<string, string> = {};
  for (const name in body) if (body[name]) params[name] = body[name];
  return params;
}
