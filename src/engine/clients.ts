/**
 * Applications as the engine's clients. The engine's own cache holds a hundred and never looks again; ours holds
 * thousands and reads each application anew once a second: so stale may a disabled application, a new redirect URI or a
 * retired secret be.
 */
import Provider, { type Client, type ClientMetadata, errors, type ResponseType } from 'oidc-provider';
import type { Passwords } from '../accounts/passwords.js';
import type { Application } from '../applications/application.js';
import { type LoadedClient, loadClient } from '../applications/clients/load-client.js';
import type { StoredSecret } from '../applications/clients/store.js';
import { isRegistered } from '../applications/redirect-uris/redirect-uris.js';
import { checkSecret, type SecretCheckDeps } from '../applications/secrets/check-secret.js';
import type { SecretUses } from '../applications/secrets/secret-uses.js';
import type { Database } from '../database/database.js';
import { createRecentReads } from '../database/recent-reads.js';

const MOST_CLIENTS = 5_000;

const loadedClients = new WeakMap<object, LoadedClient>();

/** The application behind a client of the engine. */
export function applicationOf(client: Client): Application {
  return loadedClientOf(client).application;
}

function loadedClientOf(client: Client): LoadedClient {
  const loaded = loadedClients.get(client);
  if (!loaded) throw new Error(`Client ${client.clientId} was not made from an application.`);
  return loaded;
}

/** Those that have not expired, as they are stored. */
export function liveSecretsOf(client: Client): StoredSecret[] {
  const now = new Date();
  return loadedClientOf(client).secrets.filter(({ expiresAt }) => !expiresAt || expiresAt > now);
}

/** The redirect URIs of preview deployments that count as registered at this moment. */
export function previewUrisOf(client: Client): string[] {
  const now = new Date();
  return loadedClientOf(client)
    .previews.filter(({ expiresAt }) => expiresAt > now)
    .map(({ uri }) => uri);
}

interface ClientOptions {
  /** Every scope the server knows, in order. */
  scopes: string[];
  /** Every grant type the server offers. */
  grantTypes: string[];
}

function clientMetadata(
  application: Application,
  { scopes, grantTypes: offered }: ClientOptions,
): ClientMetadata {
  const grantTypes = application.grantTypes.filter((name) => offered.includes(name));
  return {
    client_id: application.clientId,
    client_name: application.name,
    application_type: 'web',
    token_endpoint_auth_method: application.clientType === 'confidential' ? 'client_secret_basic' : 'none',
    grant_types: grantTypes,
    response_types: grantTypes.includes('authorization_code') ? ['code'] : [],
    redirect_uris: application.redirectUris,
    post_logout_redirect_uris: application.postLogoutRedirectUris,
    id_token_signed_response_alg: application.idTokenAlg,
    // The engine refuses a client with a scope it does not know, and with it every request of that client.
    ...(application.scopes
      ? { scope: application.scopes.filter((name) => scopes.includes(name)).join(' ') }
      : {}),
  };
}

type EngineClientClass = {
  new (metadata: ClientMetadata): Client;
  prototype: Client & Record<string, unknown>;
  find(id: unknown): Promise<Client | undefined>;
  needsSecret(): boolean;
  Schema: { prototype: Record<string, unknown> };
};

function isOpenIdRequest(): boolean {
  const scope = Provider.ctx?.oidc.params?.scope;
  return typeof scope === 'string' && scope.split(' ').includes('openid');
}

function isSecretPresented(): boolean {
  const { ctx } = Provider;
  return /^basic /i.test(ctx?.headers.authorization ?? '') || Boolean(ctx?.oidc.params?.client_secret);
}

/** Makes the engine take its clients, their secrets and the redirect URI rule from the applications. */
export function useApplicationsAsClients(
  provider: Provider,
  { database, passwords, secretUses }: { database: Database; passwords: Passwords; secretUses: SecretUses },
  options: ClientOptions,
): void {
  // The class is public but its static members are not in the types; test/engine/overrides.test.ts guards each.
  const EngineClient = provider.Client as unknown as EngineClientClass;
  const recent = createRecentReads<Client>(MOST_CLIENTS);

  async function readClient(clientId: string): Promise<Client | undefined> {
    const loaded = await loadClient(database, clientId);
    if (!loaded || loaded.application.disabledAt) return undefined;
    const client = new EngineClient(clientMetadata(loaded.application, options));
    loadedClients.set(client, loaded);
    // Every ID token says when the person signed in; set outright, it would refuse requests without openid.
    Object.defineProperty(client, 'requireAuthTime', { get: isOpenIdRequest });
    return client;
  }

  EngineClient.find = async (clientId) =>
    typeof clientId === 'string' ? recent.find(clientId, () => readClient(clientId)) : undefined;

  // Secrets are stored hashed, so the metadata holds none.
  EngineClient.needsSecret = () => false;
  EngineClient.prototype.compareClientSecret = async function compareClientSecret(
    this: Client,
    presented: string,
  ) {
    const network: string | undefined = Provider.ctx?.state.network;
    const inTurn: SecretCheckDeps['inTurn'] = (work) => passwords.inTurn(network, work);
    const secret = await checkSecret({ database, inTurn }, liveSecretsOf(this), presented);
    if (secret && network) secretUses.note(secret.id, network);
    return secret !== undefined;
  };

  // Clients of other servers were public and sent a secret all the same: one that came with an import may do so, and must
  // then send the right one. Who is public has no stored secret otherwise.
  Object.defineProperty(EngineClient.prototype, 'clientAuthMethod', {
    get(this: Client) {
      const { tokenEndpointAuthMethod: method } = this;
      const hasSecret = method === 'none' && loadedClientOf(this).secrets.length > 0;
      return hasSecret && isSecretPresented() ? 'client_secret_basic' : method;
    },
  });

  // Which URIs may be registered is decided in applications/redirect-uris/redirect-uris.ts; the engine knows only web or native.
  EngineClient.Schema.prototype.redirectUris = () => {};
  EngineClient.prototype.redirectUriAllowed = function redirectUriAllowed(this: Client, requested: string) {
    return isRegistered(applicationOf(this), requested) || previewUrisOf(this).includes(requested);
  };
  EngineClient.prototype.responseTypeAllowed = function responseTypeAllowed(
    this: Client,
    type: ResponseType,
  ) {
    if (this.responseTypes?.includes(type)) return true;
    // The engine would say invalid_request; RFC 6749 4.1.2.1 has a name for it.
    throw new errors.UnauthorizedClient('this application may not use the authorization code grant');
  };
  EngineClient.prototype.postLogoutRedirectUriAllowed = function postLogoutAllowed(
    this: Client,
    requested: string,
  ) {
    return applicationOf(this).postLogoutRedirectUris.includes(requested);
  };
}
