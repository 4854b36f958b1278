/**
 * The password grant (RFC 6749 4.3), kept for clients of old: an application must have it switched on, and
 * PASSWORD_GRANT=off refuses it for all. Passwords are checked exactly as on the sign-in page, throttle included.
 */
import type Provider from 'oidc-provider';
import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import type { Account } from '../accounts/account.js';
import { PASSWORD_ACR } from '../accounts/authentication.js';
import { checkCredentials } from '../accounts/check-credentials.js';
import { mayGoOn } from '../accounts/email-addresses/require-verified-email.js';
import { applicationOf } from '../engine/clients.js';
import { because } from '../http/errors.js';
import { insertGrantWithTokens } from '../tokens/access-tokens.js';
import { numericDate } from '../tokens/numeric-date.js';
import { requestedScopes } from './answer-token-request.js';
import { invalidGrant, issuedTokens, type TokenGrant, type TokenRequest } from './token-request.js';

const WRONG = 'Invalid credentials given.';

export const password: TokenGrant = {
  grantType: 'password',
  parameters: ['username', 'password', 'scope'],
  isOfEngine: false,

  async answer(request) {
    const { params, database, memory } = request;
    for (const name of ['username', 'password']) {
      if (!params[name]) throw new errors.InvalidRequest(`missing required parameter '${name}'`);
    }
    const scopes = requestedScopes(request);
    const { id, accessEpoch } = await authenticate(request);
    await issueTokens(request, String(id), scopes);
    if (!memory.newGrant) throw new Error('The password grant ended without a grant.');
    const grant = { ...memory.newGrant, basis: { accessEpoch } };
    const isStored = await insertGrantWithTokens(database, grant, issuedTokens(request));
    // The password was changed while it was checked, say: it is a wrong one by now.
    if (!isStored) throw because('wrong_password', invalidGrant(WRONG));
  },
};

async function authenticate({
  ctx,
  client,
  params,
  config,
  database,
  passwords,
}: TokenRequest): Promise<Account> {
  const { username = '', password: presented = '' } = params;
  const { clientId } = client;
  const result = await checkCredentials(
    { config, database, passwords },
    {
      username,
      password: presented,
      network: ctx.state.network,
      requestId: ctx.state.requestId,
      clientId,
      sentBy: clientId,
    },
  );
  if (result.outcome === 'ok' && mayGoOn(config, result.account)) return result.account;
  // The body is that of a wrong password whatever the reason; only an honest client has use for Retry-After.
  const refused = invalidGrant(WRONG);
  // There is nobody to ask, and a password alone is not enough for this person. That it was the right one is told to nobody but
  // the owner of the application, by the explanation at error_uri.
  if (result.outcome === 'second_step') throw because('second_factor_needed', refused);
  if (result.outcome === 'throttled') {
    ctx.set('Retry-After', String(result.retryAfter));
    throw because('too_many_attempts', result.by === 'network' ? new TooManyAttempts() : refused);
  }
  // Nor does the application's developer learn that a guessed password was right, of somebody whose address is not confirmed.
  throw because('wrong_password', refused);
}

class TooManyAttempts extends errors.OIDCProviderError {
  constructor() {
    super(429, 'slow_down');
    this.error_description = 'too many failed attempts from this network';
  }
}

async function issueTokens(
  { ctx: koaContext, client, provider }: TokenRequest,
  accountId: string,
  scopes: string[],
): Promise<void> {
  // The engine calls this grant, so that the request is one of its own.
  const ctx = koaContext as KoaContextWithOIDC;
  const scope = scopes.join(' ');
  const grant = new provider.Grant({ accountId, clientId: client.clientId });
  grant.addOIDCScope(scope);
  const grantId = await grant.save();

  const common = { accountId, client, grantId, gty: 'password', scope };
  const accessToken = new provider.AccessToken(common);
  ctx.oidc.entity('AccessToken', accessToken);
  const mayRefresh = applicationOf(client).grantTypes.includes('refresh_token');
  const body: Record<string, unknown> = {
    access_token: await accessToken.save(),
    expires_in: accessToken.expiration,
    token_type: 'Bearer',
    scope,
  };
  if (mayRefresh) body.refresh_token = await new provider.RefreshToken({ ...common, rotations: 0 }).save();
  if (scopes.includes('openid')) body.id_token = await issueIdToken({ ctx, provider }, accountId, scope);
  ctx.body = body;
}

async function issueIdToken(
  { ctx, provider }: { ctx: KoaContextWithOIDC; provider: Provider },
  accountId: string,
  scope: string,
) {
  const auth = { auth_time: numericDate(new Date()), amr: ['pwd'], acr: PASSWORD_ACR };
  const claims = { sub: accountId, ...auth };
  const idToken = Object.assign(new provider.IdToken(claims, { ctx }), { scope });
  return idToken.issue({ use: 'idtoken' });
}
