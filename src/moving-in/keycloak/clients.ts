/** Keycloak's clients, each as an application that goes on as it was. */
import { DEVICE_CODE, type GrantType } from '../../applications/application.js';
import type { BroughtApplication } from '../../applications/bring-applications.js';
import { hashSecret, hintOf } from '../../applications/secrets/client-secrets.js';
import { guessKind } from '../../applications/settings/kinds.js';
import { keepOrigins, keepUris } from '../keep-uris.js';
import { type Report, remark } from '../report.js';
import type { KeycloakClient, KeycloakRealm } from './realm.js';

interface Conversion {
  at: Date;
  report: Report;
  realm: KeycloakRealm;
  allowedSchemes: string[];
}

/** Its own, by which it manages itself. */
const ITS_OWN = [
  'account',
  'account-console',
  'admin-cli',
  'broker',
  'realm-management',
  'security-admin-console',
];

function grantTypesOf(client: KeycloakClient): GrantType[] {
  const { standardFlowEnabled, implicitFlowEnabled, directAccessGrantsEnabled, publicClient } = client;
  const grants: GrantType[] = [];
  if (standardFlowEnabled || implicitFlowEnabled) grants.push('authorization_code');
  if (directAccessGrantsEnabled) grants.push('password');
  if (client.attributes['oauth2.device.authorization.grant.enabled'] === 'true') grants.push(DEVICE_CODE);
  if (grants.length) grants.push('refresh_token');
  if (client.serviceAccountsEnabled && !publicClient) grants.push('client_credentials');
  return grants;
}

/** @returns undefined for one that has nothing to do here */
export function toApplication(
  client: KeycloakClient,
  conversion: Conversion,
): BroughtApplication | undefined {
  const { at, report, realm } = conversion;
  const { clientId, attributes } = client;
  if (ITS_OWN.includes(clientId)) return undefined;
  const name = /^\$\{/.test(client.name) ? clientId : client.name || clientId;
  const leave = (reason: string) => remark(report.left, 'applications', reason, clientId);
  const change = (reason: string) => remark(report.changed, 'applications', reason, clientId);
  if (client.protocol !== 'openid-connect') return void leave(`they speak ${client.protocol}`);
  const grantTypes = grantTypesOf(client);
  if (client.bearerOnly || !grantTypes.length)
    return void leave('they get no tokens: an API needs a client here only to introspect');
  if (client.implicitFlowEnabled)
    change(
      'the implicit grant is gone (RFC 9700 2.1.2): the code flow takes its place, and their clients have to ask for it',
    );
  const clientType = client.publicClient ? 'public' : 'confidential';
  const isCodeAlone = client.implicitFlowEnabled && !client.standardFlowEnabled;
  const hasPkce =
    typeof attributes['pkce.code.challenge.method'] === 'string' &&
    attributes['pkce.code.challenge.method'] !== '';
  const logoutUris = attributes['post.logout.redirect.uris'];
  const uris = (list: string[]) => keepUris(list, { name, clientType }, conversion);
  const redirectUris = uris(client.redirectUris);
  return {
    clientId,
    ownerId: null,
    name,
    kind: guessKind({ clientType, grantTypes, redirectUris }),
    description: '',
    contacts: [],
    clientType,
    grantTypes,
    redirectUris,
    // '+' stands for the redirect URIs, '-' for none.
    postLogoutRedirectUris: uris(
      typeof logoutUris === 'string'
        ? logoutUris.split('##').filter((uri) => !['', '+', '-'].includes(uri))
        : [],
    ),
    scopes: null,
    defaultScopes: null,
    corsOrigins: keepOrigins(
      client.webOrigins.filter((origin) => origin !== '+'),
      change,
    ),
    consent: client.consentRequired ? 'once' : 'skip',
    introspectAny: clientType === 'confidential',
    pkce: hasPkce || isCodeAlone ? 'required' : 'optional',
    redirectMatch: 'exact',
    accessTokenLifetime: secondsOf(attributes['access.token.lifespan']) ?? realm.accessTokenLifespan ?? null,
    refreshTokenLifetime: realm.ssoSessionIdleTimeout ?? null,
    refreshGracePeriod: null,
    idTokenAlg: 'RS256',
    tokenFormat: 'opaque',
    disabledAt: client.enabled ? null : at,
    createdAt: at,
    updatedAt: at,
    secrets: clientType === 'public' ? [] : toSecrets(client, at, change),
  };
}

function secondsOf(value: unknown): number | undefined {
  const seconds = Number(value);
  return Number.isSafeInteger(seconds) && seconds > 0 ? seconds : undefined;
}

function toSecrets({ secret }: KeycloakClient, at: Date, change: (reason: string) => void) {
  // An export from the administration pages has stars in the place of secrets.
  if (!secret || /^\*+$/.test(secret)) {
    change('their secrets are not in the export: they need new ones');
    return [];
  }
  return [{ hash: hashSecret(secret), hint: hintOf(secret), createdAt: at, expiresAt: null }];
}
