/** The SQL by which protocol requests find applications: by client id, origin and redirect URI. */
import type { Database, Statement } from '../../database/database.js';
import type { Application } from '../application.js';
import { type ApplicationRow, COLUMNS, toApplication } from '../store.js';

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
    UNION ALL (SELECT 1 FROM preview_redirect_uris p JOIN applications a ON a.id = p.application_id AND a.disabled_at IS NULL
      WHERE p.origin = $1 AND p.expires_at > $2 LIMIT 1)`,
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
