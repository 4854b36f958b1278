/** The SQL of applications. Outside this folder, use find-application.ts and load-client.ts. */
import type { Knex } from 'knex';
import type { Database, Db, Statement } from '../database/database.js';
import { type Application, type ApplicationSettings, originsOf } from './application.js';
import { guessKind } from './settings/kinds.js';

interface ApplicationRow {
  id: number;
  client_id: string;
  owner_id: number | null;
  name: string;
  /** NULL: registered by a version without kinds. */
  kind: Application['kind'] | null;
  description: string;
  contacts: string[];
  client_type: Application['clientType'];
  grant_types: Application['grantTypes'];
  redirect_uris: string[];
  post_logout_redirect_uris: string[];
  scopes: string[] | null;
  default_scopes: string[] | null;
  cors_origins: string[] | null;
  skip_consent: boolean;
  always_ask: boolean;
  introspect_any: boolean;
  pkce: Application['pkce'];
  redirect_match: Application['redirectMatch'];
  access_token_lifetime: number | null;
  refresh_token_lifetime: number | null;
  refresh_grace_period: number | null;
  id_token_alg: Application['idTokenAlg'];
  token_format: Application['tokenFormat'];
  disabled_at: Date | null;
  created_at: Date;
  updated_at: Date;
}

// Named one by one: the plan of a prepared `SELECT *` breaks when a migration adds a column under a running node.
const COLUMNS = [
  'id',
  'client_id',
  'owner_id',
  'name',
  'kind',
  'description',
  'contacts',
  'client_type',
  'grant_types',
  'redirect_uris',
  'post_logout_redirect_uris',
  'scopes',
  'default_scopes',
  'cors_origins',
  'skip_consent',
  'always_ask',
  'introspect_any',
  'pkce',
  'redirect_match',
  'access_token_lifetime',
  'refresh_token_lifetime',
  'refresh_grace_period',
  'id_token_alg',
  'token_format',
  'disabled_at',
  'created_at',
  'updated_at',
] as const satisfies (keyof ApplicationRow)[];

function consentOf(row: ApplicationRow): Application['consent'] {
  if (row.skip_consent) return 'skip';
  return row.always_ask ? 'always' : 'once';
}

function toApplication(row: ApplicationRow): Application {
  const { client_type: clientType, grant_types: grantTypes, redirect_uris: redirectUris } = row;
  return {
    id: row.id,
    clientId: row.client_id,
    ownerId: row.owner_id,
    name: row.name,
    kind: row.kind ?? guessKind({ clientType, grantTypes, redirectUris }),
    description: row.description,
    contacts: row.contacts,
    clientType,
    grantTypes,
    redirectUris,
    postLogoutRedirectUris: row.post_logout_redirect_uris,
    scopes: row.scopes,
    defaultScopes: row.default_scopes,
    corsOrigins: row.cors_origins,
    consent: consentOf(row),
    introspectAny: row.introspect_any,
    pkce: row.pkce,
    redirectMatch: row.redirect_match,
    accessTokenLifetime: row.access_token_lifetime,
    refreshTokenLifetime: row.refresh_token_lifetime,
    refreshGracePeriod: row.refresh_grace_period,
    idTokenAlg: row.id_token_alg,
    tokenFormat: row.token_format,
    disabledAt: row.disabled_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function toColumns(settings: ApplicationSettings) {
  return {
    name: settings.name,
    kind: settings.kind,
    description: settings.description,
    contacts: settings.contacts,
    client_type: settings.clientType,
    grant_types: settings.grantTypes,
    redirect_uris: settings.redirectUris,
    post_logout_redirect_uris: settings.postLogoutRedirectUris,
    scopes: settings.scopes,
    default_scopes: settings.defaultScopes,
    cors_origins: settings.corsOrigins,
    origins: originsOf(settings),
    skip_consent: settings.consent === 'skip',
    always_ask: settings.consent === 'always',
    introspect_any: settings.introspectAny,
    pkce: settings.pkce,
    redirect_match: settings.redirectMatch,
    access_token_lifetime: settings.accessTokenLifetime,
    refresh_token_lifetime: settings.refreshTokenLifetime,
    refresh_grace_period: settings.refreshGracePeriod,
    id_token_alg: settings.idTokenAlg,
    token_format: settings.tokenFormat,
  };
}

export async function findApplication(db: Db, id: number): Promise<Application | undefined> {
  const row: ApplicationRow | undefined = await db('applications').first(COLUMNS).where({ id });
  return row && toApplication(row);
}

export async function findApplicationByClientId(db: Db, clientId: string): Promise<Application | undefined> {
  const row: ApplicationRow | undefined = await db('applications')
    .first(COLUMNS)
    .where({ client_id: clientId });
  return row && toApplication(row);
}

/** Holds the row until the transaction ends, so that two changes of one application happen one after the other. */
export async function lockApplication(transaction: Db, id: number): Promise<Application | undefined> {
  const row: ApplicationRow | undefined = await transaction('applications')
    .first(COLUMNS)
    .where({ id })
    .forUpdate();
  return row && toApplication(row);
}

export interface ListedApplication extends Application {
  ownerUsername: string | null;
  /** null: it is owned by no team. */
  teamName: string | null;
  /** Whether it is disabled until a superuser approves it. */
  isWaiting: boolean;
}

export interface ListFilter {
  /** Only those of this account itself. */
  ownerId?: number | undefined;
  /** Only those of this account and of the teams it is in. */
  memberId?: number | undefined;
  /** Part of a name or of a client id, in any case. */
  search?: string;
  offset: number;
  limit: number;
}

interface ListedRow {
  owner_username: string | null;
  team_name: string | null;
  hold: string | null;
}

/** Narrows a query of applications to those this account sees and changes: its own, and those of its teams. */
export function ownedBy(applications: Knex.QueryBuilder, accountId: number): void {
  applications.where('applications.owner_id', accountId).orWhereRaw(
    `applications.id IN (SELECT t.application_id FROM team_applications t
      JOIN team_members m ON m.team_id = t.team_id WHERE m.account_id = ?)`,
    [accountId],
  );
}

export async function selectApplications(
  db: Db,
  { ownerId, memberId, search, offset, limit }: ListFilter,
): Promise<{ applications: ListedApplication[]; total: number }> {
  const matching = db('applications');
  if (ownerId !== undefined) matching.where({ owner_id: ownerId });
  if (memberId !== undefined) matching.where((own) => ownedBy(own, memberId));
  if (search) {
    // position() instead of LIKE: it has no wildcards that would need escaping.
    matching.whereRaw("position(lower(?) in lower(name || ' ' || client_id)) > 0", [search]);
  }
  const [[counted], rows] = await Promise.all([
    matching.clone().count<{ count: number }[]>({ count: '*' }),
    db
      .from(matching.clone().select(COLUMNS).orderBy('id', 'desc').offset(offset).limit(limit).as('page'))
      .leftJoin('accounts', 'accounts.id', 'page.owner_id')
      .leftJoin('team_applications', 'team_applications.application_id', 'page.id')
      .leftJoin('teams', 'teams.id', 'team_applications.team_id')
      .leftJoin('application_holds', 'application_holds.application_id', 'page.id')
      .orderBy('page.id', 'desc')
      .select<(ApplicationRow & ListedRow)[]>(
        'page.*',
        'accounts.username as owner_username',
        'teams.name as team_name',
        'application_holds.kind as hold',
      ),
  ]);
  return {
    applications: rows.map((row) => ({
      ...toApplication(row),
      ownerUsername: row.owner_username,
      teamName: row.team_name,
      isWaiting: row.disabled_at !== null && row.hold === 'waiting',
    })),
    total: counted?.count ?? 0,
  };
}

export async function selectApplicationsAfter(db: Db, id: number, limit: number): Promise<Application[]> {
  const rows: ApplicationRow[] = await db('applications')
    .select(COLUMNS)
    .where('id', '>', id)
    .orderBy('id')
    .limit(limit);
  return rows.map(toApplication);
}

export async function countApplicationsOf(db: Db, ownerId: number): Promise<number> {
  const [row] = await db('applications')
    .where({ owner_id: ownerId })
    .count<{ count: number }[]>({ count: '*' });
  return row?.count ?? 0;
}

export async function countApplicationsUpTo(db: Db, most: number): Promise<number> {
  const [row] = await db.from(db('applications').select('id').limit(most).as('found')).count({ count: '*' });
  return Number(row?.count ?? 0);
}

export async function insertApplication(
  db: Db,
  {
    clientId,
    ownerId,
    settings,
    disabledAt,
    at,
  }: {
    clientId: string;
    ownerId: number | null;
    settings: ApplicationSettings;
    disabledAt: Date | null;
    at: Date;
  },
): Promise<Application> {
  const rows: ApplicationRow[] = await db('applications')
    .insert({
      client_id: clientId,
      owner_id: ownerId,
      ...toColumns(settings),
      disabled_at: disabledAt,
      created_at: at,
      updated_at: at,
    })
    .returning(COLUMNS);
  return toApplication(rows[0]!);
}

/**
 * One that has a client id, as an import brings it. An owner who is not there is nobody.
 * @returns its id, or undefined when the client id is taken
 */
export async function insertExistingApplication(
  db: Db,
  application: Omit<Application, 'id'>,
): Promise<number | undefined> {
  const [row]: { id: number }[] = await db('applications')
    .insert({
      client_id: application.clientId,
      owner_id: db.raw('(SELECT id FROM accounts WHERE id = ?)', [application.ownerId]),
      ...toColumns(application),
      disabled_at: application.disabledAt,
      created_at: application.createdAt,
      updated_at: application.updatedAt,
    })
    .onConflict('client_id')
    .ignore()
    .returning('id');
  return row?.id;
}

export async function updateSettings(
  db: Db,
  id: number,
  settings: ApplicationSettings,
  at: Date,
): Promise<Application> {
  const rows: ApplicationRow[] = await db('applications')
    .where({ id })
    .update({ ...toColumns(settings), updated_at: at })
    .returning(COLUMNS);
  return toApplication(rows[0]!);
}

export async function updateDisabledAt(db: Db, id: number, disabledAt: Date | null, at: Date): Promise<void> {
  await db('applications').where({ id }).update({ disabled_at: disabledAt, updated_at: at });
}

/** null: nobody's, or a team's. */
export async function updateOwner(db: Db, id: number, ownerId: number | null, at: Date): Promise<void> {
  await db('applications').where({ id }).update({ owner_id: ownerId, updated_at: at });
}

/** Secrets and remembered consents go along by their foreign keys. */
export async function deleteApplicationRow(db: Db, id: number): Promise<void> {
  await db('applications').where({ id }).delete();
}

export interface StoredSecret {
  id: number;
  hash: string;
  expiresAt: Date | null;
}

/** A redirect URI of a preview deployment (preview-uris/): it counts as registered until its end. */
export interface LivePreview {
  uri: string;
  expiresAt: Date;
}

type ClientRow = ApplicationRow & {
  previews: { uri: string; expires_at: string }[] | null;
  secret_id: number | null;
  secret_hash: string | null;
  secret_expires_at: Date | null;
};

const SELECT_CLIENT: Statement = {
  name: 'select-client',
  text: `SELECT ${COLUMNS.map((column) => `a.${column}`).join(', ')},
    s.id AS secret_id, s.hash AS secret_hash, s.expires_at AS secret_expires_at,
    (SELECT json_agg(json_build_object('uri', p.uri, 'expires_at', p.expires_at))
      FROM preview_redirect_uris p WHERE p.application_id = a.id) AS previews
    FROM applications a LEFT JOIN client_secrets s ON s.application_id = a.id
    WHERE a.client_id = $1 ORDER BY s.id`,
};

/** The application with every stored secret and preview, the expired ones too, in one round trip. */
export async function selectClient(
  database: Database,
  clientId: string,
): Promise<{ application: Application; secrets: StoredSecret[]; previews: LivePreview[] } | undefined> {
  const rows = await database.query<ClientRow>(SELECT_CLIENT, [clientId]);
  if (!rows[0]) return undefined;
  const secrets = rows.flatMap((row) =>
    row.secret_id !== null && row.secret_hash !== null
      ? [{ id: row.secret_id, hash: row.secret_hash, expiresAt: row.secret_expires_at }]
      : [],
  );
  const previews = (rows[0].previews ?? []).map((row) => ({
    uri: row.uri,
    expiresAt: new Date(row.expires_at),
  }));
  return { application: toApplication(rows[0]), secrets, previews };
}

const FIND_ORIGIN: Statement = {
  name: 'application-of-origin',
  text: `(SELECT 1 FROM applications WHERE disabled_at IS NULL AND origins @> ARRAY[$1::text] LIMIT 1)
    UNION ALL (SELECT 1 FROM preview_redirect_uris WHERE origin = $1 AND expires_at > $2 LIMIT 1)`,
};

/** Whether some enabled application, or a preview deployment of one, is of this origin. */
export async function hasOrigin(database: Database, origin: string, at: Date): Promise<boolean> {
  return (await database.query(FIND_ORIGIN, [origin, at])).length > 0;
}

const COLUMN_LIST = COLUMNS.join(', ');

const FIND_BY_REDIRECT_URI: Statement = {
  name: 'application-of-redirect-uri',
  text: `SELECT ${COLUMN_LIST} FROM applications WHERE origins @> ARRAY[$1::text] AND redirect_uris @> ARRAY[$2::text] LIMIT 2`,
};

/** Applications that have registered exactly this redirect URI on the web; no more than two. */
export async function selectApplicationsByRedirectUri(
  database: Database,
  redirectUri: string,
): Promise<Application[]> {
  if (!/^https?:/.test(redirectUri) || !URL.canParse(redirectUri)) return [];
  const { origin } = new URL(redirectUri);
  const rows = await database.query<ApplicationRow>(FIND_BY_REDIRECT_URI, [origin, redirectUri]);
  return rows.map(toApplication);
}

// Reads them all, and is therefore asked only some times a minute (problems/limits.ts).
const FIND_BY_HOST: Statement = {
  name: 'application-of-host',
  text: `SELECT ${COLUMN_LIST} FROM applications WHERE disabled_at IS NULL AND EXISTS (
      SELECT FROM unnest(origins) origin WHERE substring(origin FROM '^https?://([^:/]+)') = $1) LIMIT 2`,
};

/** Enabled applications that have an origin on this host, whatever its scheme and port; no more than two. */
export async function selectApplicationsByHost(database: Database, host: string): Promise<Application[]> {
  return (await database.query<ApplicationRow>(FIND_BY_HOST, [host])).map(toApplication);
}
