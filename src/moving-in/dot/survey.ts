/** What there is, and what of it will not come over, before anything is done. */
import { newReport, type Remark, remark } from '../report.js';
import { asDate, asText, type Source } from '../source.js';
import { readApplications, type SiteSettings, toApplication } from './applications.js';
import { columnOf, countRows, type Layout } from './layout.js';
import { liveAccessTokens, liveRefreshTokens } from './tokens.js';

export interface Survey {
  counts: Record<string, number>;
  left: Remark[];
  changed: Remark[];
}

interface Surveying {
  at: Date;
  site: SiteSettings;
  allowedSchemes: string[];
  /** Those this server knows. */
  scopes: string[];
}

export async function surveySite(
  source: Source,
  layout: Layout,
  { at, site, allowedSchemes, scopes }: Surveying,
): Promise<Survey> {
  const report = newReport();
  const applications = await readApplications(source, layout);
  for (const row of applications) toApplication(row, { at, report, site, allowedSchemes });
  await findPlainPkce(source, layout, (name) =>
    remark(
      report.changed,
      'applications',
      'their clients have sent code challenges in plain, which are refused here: they have to send S256',
      name,
    ),
  );
  for (const name of await findClashingNames(source, layout)) {
    remark(
      report.left,
      'users',
      'their usernames differ only in upper and lower case: the first of each comes',
      name,
    );
  }
  for (const scope of await findScopes(source, layout, at)) {
    if (scopes.includes(scope)) continue;
    remark(
      report.changed,
      'access tokens',
      'they have scopes that SCOPES of this server does not list',
      scope,
    );
  }
  const counts = {
    users: await countRows(source, layout.users.name),
    applications: applications.length,
    'live refresh tokens': await countRows(source, liveRefreshTokens(layout)),
    'live access tokens': await countRows(source, liveAccessTokens(layout), [source.moment(at)]),
  };
  return { counts, left: report.left, changed: report.changed };
}

/** Codes of the last days: DOT deletes them only with `cleartokens`. */
async function findPlainPkce(source: Source, { codes, applications }: Layout, tell: (name: string) => void) {
  if (!codes.columns.has('code_challenge_method')) return;
  const rows = await source.select(
    `SELECT DISTINCT p.client_id, p.name FROM ${codes.name} c JOIN ${applications.name} p ON p.id = c.application_id
      WHERE c.code_challenge_method = 'plain'`,
  );
  for (const row of rows) tell(asText(row.name) || asText(row.client_id));
}

async function findClashingNames(source: Source, { users }: Layout): Promise<string[]> {
  const name = columnOf(users, 'u', users.columns.has('username') ? 'username' : 'email');
  const rows = await source.select(
    `SELECT lower(${name}) AS name FROM ${users.name} u GROUP BY lower(${name}) HAVING count(*) > 1 LIMIT 100`,
  );
  return rows.map((row) => asText(row.name));
}

/** What live tokens may do, and what may be asked for by refreshing: that hangs on an access token that may have ended. */
async function findScopes(source: Source, layout: Layout, at: Date): Promise<Set<string>> {
  const sets = [
    ...(await source.select(`SELECT DISTINCT a.scope FROM ${liveRefreshTokens(layout)}`)),
    ...(await source.select(`SELECT DISTINCT a.scope FROM ${liveAccessTokens(layout)}`, [source.moment(at)])),
  ];
  return new Set(sets.flatMap((row) => asText(row.scope).split(/\s+/).filter(Boolean)));
}

// ACCESS_TOKEN_EXPIRE_SECONDS of the toolkit.
const USUAL_LIFETIME = 36_000;
const NEWEST = 1_000;

/** Seconds: what most of the newest access tokens were given; the settings themselves are not in the database. */
export async function findAccessTokenLifetime(source: Source, { accessTokens }: Layout): Promise<number> {
  const rows = await source.select(
    `SELECT created, expires FROM ${accessTokens.name} ORDER BY id DESC LIMIT ${NEWEST}`,
  );
  const tally = new Map<number, number>();
  for (const { created, expires } of rows) {
    const from = asDate(created);
    const to = asDate(expires);
    const seconds = from && to ? Math.round((to.getTime() - from.getTime()) / 1000) : 0;
    if (seconds > 0) tally.set(seconds, (tally.get(seconds) ?? 0) + 1);
  }
  const [most] = [...tally].sort(([, one], [, other]) => other - one);
  return most?.[0] ?? USUAL_LIFETIME;
}
