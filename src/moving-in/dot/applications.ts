/** The toolkit's applications, each as one of ours that goes on as it was. */
import { findForeignCheck } from '../../accounts/foreign-hashes.js';
import { type Application, DEVICE_CODE, type GrantType } from '../../applications/application.js';
import type { BroughtApplication } from '../../applications/bring-applications.js';
import { hashSecret, hintOf } from '../../applications/secrets/client-secrets.js';
import type { SecretHash } from '../../applications/secrets/secrets-store.js';
import { guessKind } from '../../applications/settings/kinds.js';
import { GRANTS_OF_TOOLKIT } from '../../applications/settings/toolkit-grants.js';
import { keepOrigins, keepUris } from '../keep-uris.js';
import { type Report, remark } from '../report.js';
import { asBoolean, asDate, asId, asText, type Row, type Source } from '../source.js';
import { columnOf, type Layout } from './layout.js';

/** The settings of the site that its database does not hold. Seconds. */
export interface SiteSettings {
  accessTokenLifetime: number;
  refreshTokenLifetime: number;
  /** null: the server's own. */
  refreshGracePeriod: number | null;
  pkce: Application['pkce'];
}

const COLUMNS = [
  'user_id',
  'client_id',
  'client_secret',
  'hash_client_secret',
  'client_type',
  'authorization_grant_type',
  'name',
  'redirect_uris',
  'post_logout_redirect_uris',
  'allowed_origins',
  'skip_authorization',
  'algorithm',
  'registration_source',
  'created',
  'updated',
];

export async function readApplications(source: Source, { applications }: Layout): Promise<Row[]> {
  const columns = COLUMNS.map((column) => `${columnOf(applications, 'p', column)} AS ${column}`);
  return source.select(`SELECT ${columns.join(', ')} FROM ${applications.name} p ORDER BY p.id`);
}

const GRANTS_OF_SITE = new Map<string, GrantType[]>([
  ...GRANTS_OF_TOOLKIT,
  // What it was is gone from OAuth; the code flow with PKCE takes its place once the client asks for it.
  ['implicit', ['authorization_code', 'refresh_token']],
  [DEVICE_CODE, [DEVICE_CODE, 'refresh_token']],
]);

interface Conversion {
  at: Date;
  report: Report;
  site: SiteSettings;
  /** ALLOWED_REDIRECT_URI_SCHEMES of this server. */
  allowedSchemes: string[];
}

const words = (cell: unknown): string[] => asText(cell).split(/\s+/).filter(Boolean);

/** @returns undefined for one of a grant that is not known here */
export function toApplication(row: Row, conversion: Conversion): BroughtApplication | undefined {
  const { at, site, report } = conversion;
  const clientId = asText(row.client_id);
  const name = asText(row.name) || clientId;
  const grant = asText(row.authorization_grant_type);
  const grantTypes = GRANTS_OF_SITE.get(grant);
  if (!grantTypes) {
    remark(report.left, 'applications', `their grant ${JSON.stringify(grant)} is not known here`, name);
    return undefined;
  }
  const change = (reason: string) => remark(report.changed, 'applications', reason, name);
  if (grant === 'implicit')
    change(
      'the implicit grant is gone (RFC 9700 2.1.2): they get the code flow with PKCE, and their clients have to ask for it',
    );
  if (grant === 'openid-hybrid')
    change('the hybrid flow is gone: the code flow works, response types with tokens do not');
  if (asText(row.algorithm) === 'HS256')
    change(
      'ID tokens signed by HS256 need the secret in clear: they are signed by RS256, with the key of jwks.json',
    );
  if (asText(row.registration_source) === 'cimd')
    change('their client id is a URL, whose metadata document is no longer read again');

  const needsSecret = grant === 'client-credentials';
  const wasPublic = asText(row.client_type) === 'public';
  if (wasPublic && needsSecret)
    change(
      'public, but with the client credentials grant: confidential from now on, since it has to show its secret',
    );
  const isPublic = wasPublic && !needsSecret;
  const clientType = isPublic ? 'public' : 'confidential';
  const created = asDate(row.created) ?? at;
  const redirectUris = keepUris(words(row.redirect_uris), { name, clientType }, conversion);
  return {
    clientId,
    ownerId: asId(row.user_id) ?? null,
    name,
    kind: guessKind({ clientType, grantTypes, redirectUris }),
    description: '',
    contacts: [],
    clientType,
    grantTypes,
    redirectUris,
    postLogoutRedirectUris: keepUris(words(row.post_logout_redirect_uris), { name, clientType }, conversion),
    scopes: null,
    defaultScopes: null,
    corsOrigins: keepOrigins(words(row.allowed_origins), change),
    consent: asBoolean(row.skip_authorization) ? 'skip' : 'once',
    introspectAny: !isPublic,
    pkce: grant === 'implicit' ? 'required' : site.pkce,
    redirectMatch: grant === 'implicit' ? 'exact' : 'extra-query',
    accessTokenLifetime: site.accessTokenLifetime,
    refreshTokenLifetime: site.refreshTokenLifetime,
    refreshGracePeriod: site.refreshGracePeriod,
    idTokenAlg: 'RS256',
    tokenFormat: 'opaque',
    disabledAt: null,
    createdAt: created,
    updatedAt: asDate(row.updated) ?? created,
    // Of public ones as well: the site let their clients send it, and lets them do without.
    secrets: toSecrets(row, { at: created, change: isPublic ? () => {} : change }),
  };
}

/** The hashers that Django has had: what begins with one of these is no secret in clear. */
const HASHED = /^(?:pbkdf2_\w+|argon2|bcrypt\w*|scrypt|s?md5|sha1|unsalted_\w+|crypt)\$/;

function toSecrets(row: Row, { at, change }: { at: Date; change: (reason: string) => void }): SecretHash[] {
  const stored = asText(row.client_secret);
  const common = { createdAt: at, expiresAt: null };
  if (!stored) {
    change('it has no secret: make one in the developer portal');
    return [];
  }
  const isClear =
    !HASHED.test(stored) || (row.hash_client_secret !== null && !asBoolean(row.hash_client_secret));
  if (isClear) {
    if (stored.length < 20) change('its secret is short enough to be guessed from its hash: rotate it');
    return [{ ...common, hash: hashSecret(stored), hint: hintOf(stored) }];
  }
  if (findForeignCheck(stored)) return [{ ...common, hash: stored, hint: '' }];
  change('its secret is hashed in a way that cannot be checked here: it needs a new one');
  return [];
}
