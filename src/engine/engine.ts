/**
 * The one owner of oidc-provider: builds it from our configuration and joins it to our storage, clients, accounts and
 * pages. The engine is used, never forked; what is overridden here and in clients.ts is guarded by test/engine.
 */
import Provider, { type Configuration, type TokenEndpointGrantContext } from 'oidc-provider';
import { MFA_ACR, PASSWORD_ACR, PHISHING_RESISTANT_ACR } from '../accounts/authentication.js';
import { originsOf } from '../applications/application.js';
import type { SecretUses } from '../applications/secrets/secret-uses.js';
import { loadRememberedGrant } from '../authorization/remembered-grant.js';
import { answerTokenRequest } from '../grants/answer-token-request.js';
import { listOfferedGrants, tokenGrants } from '../grants/index.js';
import type { GrantDeps, TokenRequest } from '../grants/token-request.js';
import type { Pages } from '../http/pages.js';
import { languageTags } from '../languages/languages.js';
import { claimsByScope } from '../scopes/claims.js';
import { listScopes } from '../scopes/scopes.js';
import { deriveKey } from '../secrets/derive-key.js';
import { findAccountOf } from './account.js';
import { extraParameters } from './authorization-parameters.js';
import { applicationOf, previewUrisOf, useApplicationsAsClients } from './clients.js';
import { engineCookies } from './cookies.js';
import { describeEngineErrors } from './describe-errors.js';
import { enginePages } from './engine-pages.js';
import { enginePaths } from './engine-paths.js';
import { rememberFailures } from './failures.js';
import { bindIdTokensToAccessTokens } from './id-token-binding.js';
import { createInteractionPolicy } from './interaction-policy.js';
import { mayIntrospect } from './introspection.js';
import { issueJwtAccessTokens } from './jwt-access-tokens.js';
import { keyPlaces } from './keys/key-places.js';
import type { LiveKeys } from './keys/live-keys.js';
import { engineLifetimes } from './lifetimes.js';
import { noteSignIns } from './note-sign-ins.js';
import { rememberRefusals } from './refusals.js';
import { keepActorsInSessions } from './session-actors.js';
import { createAdapter } from './storage/adapter.js';

export interface EngineDeps extends GrantDeps {
  pages: Pages;
  secretKey: string;
  secretUses: SecretUses;
  signingKeys: LiveKeys;
}

/** Seconds, as in migrations/0003_tokens.sql. */
const POLL_INTERVAL = 5;

const grantsByType = new Map(tokenGrants.map((grant) => [grant.grantType, grant]));

/** The engine with our way of answering token requests around each of its grants (grants/answer-token-request.ts). */
class Engine extends Provider {
  deps: GrantDeps | undefined;

  // The base constructor already calls this for the engine's own grants, before `deps` is set: it is read per request.
  override registerGrantType<Parameters extends object>(
    name: string,
    handler: (ctx: TokenEndpointGrantContext<Parameters>) => unknown,
    parameters?: string | readonly string[] | ReadonlySet<string>,
    duplicates?: string | readonly string[] | ReadonlySet<string>,
  ): void {
    const grant = grantsByType.get(name);
    if (!grant) throw new Error(`The grant ${name} is not in grants/index.ts.`);
    const answer = async (ctx: TokenEndpointGrantContext<TokenRequest['params']>) => {
      if (!this.deps) throw new Error('The engine is not set up yet.');
      const { client, params, body } = ctx.oidc;
      const sentScope = (body as { scope?: string } | undefined)?.scope;
      const issue = async () => void (await handler(ctx as TokenEndpointGrantContext<never>));
      await answerTokenRequest(this.deps, grant, { ctx, provider: this, client, params, sentScope }, issue);
    };
    super.registerGrantType(name, answer, parameters, duplicates);
  }
}

function configuration(deps: EngineDeps): Configuration {
  const { config, database, pages, secretKey } = deps;
  const scopes = listScopes(config.scopes);
  const shown = enginePages(database, pages);
  return {
    adapter: createAdapter({
      database,
      freshCodes: deps.freshCodes,
      liveTokens: deps.liveTokens,
      userCodeKey: deriveKey(secretKey, 'user codes'),
    }),
    jwks: { keys: keyPlaces(deps.signingKeys) },
    routes: enginePaths,
    cookies: engineCookies(config, secretKey),
    ttl: engineLifetimes(config.lifetimes),
    // The default accepts a token up to 15 seconds after its end.
    clockTolerance: 0,
    scopes,
    claims: claimsByScope,
    acrValues: [PASSWORD_ACR, MFA_ACR, PHISHING_RESISTANT_ACR],
    discovery: { ui_locales_supported: languageTags },
    responseTypes: ['code'],
    subjectTypes: ['public'],
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'none'],
    enabledJWA: { idTokenSigningAlgValues: ['RS256', 'ES256'] },
    allowOmittingSingleRegisteredRedirectUri: true,
    pkce: { required: (_ctx, client) => applicationOf(client).pkce === 'required' },
    extraParams: extraParameters(config.scopes),
    findAccount: (_ctx, sub) => findAccountOf(database, sub),
    loadExistingGrant: (ctx) => loadRememberedGrant(database, ctx),
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: true,
    // Signing out of the browser leaves the tokens that applications hold; they are taken back where they were given.
    expiresWithSession: async () => false,
    // A refresh token that is revoked takes its grant along by itself (storage/tokens.ts), in one transaction.
    revokeGrantPolicy: () => false,
    clientBasedCORS: (_ctx, origin, client) => isAllowedOrigin(config.issuer, origin, client),
    interactions: {
      policy: createInteractionPolicy(config),
      url: (_ctx, interaction) => `/interaction/${interaction.uid}`,
    },
    renderError: shown.renderError,
    features: {
      devInteractions: { enabled: false },
      claimsParameter: { enabled: true },
      clientCredentials: { enabled: true },
      introspection: {
        enabled: true,
        allowedPolicy: async (_ctx, client, token) => mayIntrospect(client, token.clientId),
      },
      revocation: {
        enabled: true,
        allowedPolicy: async (_ctx, client, token) => token.clientId === client.clientId,
      },
      userinfo: { enabled: true },
      rpInitiatedLogout: { enabled: true, ...shown.logout },
      deviceFlow: { enabled: true, mask: '****-****', charset: 'base-20', ...shown.device },
      externalSigningSupport: { enabled: true, ack: 'experimental-01' },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      resourceIndicators: { enabled: false },
      requestObjects: { enabled: false },
    },
  };
}

function isAllowedOrigin(
  issuer: string,
  origin: string,
  client: Parameters<typeof applicationOf>[0],
): boolean {
  return (
    origin === new URL(issuer).origin ||
    originsOf(applicationOf(client)).includes(origin) ||
    previewUrisOf(client).some((uri) => new URL(uri).origin === origin)
  );
}

export function createEngine(deps: EngineDeps): Provider {
  const { config, database } = deps;
  const engine = new Engine(config.issuer, configuration(deps));
  const { activity, freshCodes, liveTokens, mails, outages, passwords } = deps;
  engine.deps = { activity, config, database, freshCodes, liveTokens, mails, outages, passwords };
  const grants = listOfferedGrants(config);
  for (const { grantType, parameters, isOfEngine } of grants) {
    if (isOfEngine) continue;
    // The grant answers by itself (registerGrantType above); there is nothing for the engine to do.
    engine.registerGrantType(grantType, () => {}, parameters);
  }
  useApplicationsAsClients(engine, deps, {
    scopes: listScopes(config.scopes),
    grantTypes: grants.map(({ grantType }) => grantType),
  });
  issueJwtAccessTokens(engine, deps);
  bindIdTokensToAccessTokens(engine);
  keepActorsInSessions(engine);
  // RFC 8628 3.2: what a device that asks too often is held to (grants/device-code.ts).
  engine.on('device_authorization.success', (_ctx, answer) =>
    Object.assign(answer, { interval: POLL_INTERVAL }),
  );
  describeEngineErrors(engine);
  rememberFailures(engine);
  rememberRefusals(engine);
  noteSignIns(engine, activity);
  return engine;
}
