/**
 * The SQL of applications; what protocol requests ask is in clients/store.ts, what
 * owners see in owned-store.ts. Outside this folder, use find-application.ts and clients/load-client.ts.
 */
import type { Db } from '../database/database.js';
import { type Application, type ApplicationSettings, originsOf } from './application.js';
import { guessKind } from './settings/kinds.js';

export interface ApplicationRow {
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
export const COLUMNS = [
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

export function toApplication(row: ApplicationRow): Application {
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
