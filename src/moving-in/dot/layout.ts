/** Where a Django OAuth Toolkit site has its tables, and which columns its version has. */
import { AppError } from '../../http/errors.js';
import { asText, type Source } from '../source.js';

export interface Table {
  /** Quoted. */
  name: string;
  columns: Set<string>;
}

export interface Layout {
  users: Table;
  /** Who is in which group, with the column that names the user; undefined where users have no groups. */
  members: { name: string; userColumn: string } | undefined;
  applications: Table;
  accessTokens: Table;
  refreshTokens: Table;
  codes: Table;
  /** allauth's; undefined where it is not installed. */
  emailAddresses: string | undefined;
  /** The last migration of the toolkit that has run, which tells its version. */
  version: string;
  /** What is the same in every copy of this database, and in no other. */
  sourceKey: string;
}

const quote = (name: string) => `"${name.replaceAll('"', '""')}"`;

async function findTable(source: Source, name: string): Promise<Table> {
  return { name: quote(name), columns: await source.columnsOf(name) };
}

async function getTable(source: Source, name: string): Promise<Table> {
  const table = await findTable(source, name);
  if (table.columns.size) return table;
  throw new AppError(
    422,
    'source_refused',
    `${source.name} has no table ${name}: it is not the database of a Django OAuth Toolkit site, or one with models of its own.`,
  );
}

/** `table.column`, or NULL where this version has no such column. */
export const columnOf = (table: Table, alias: string, column: string): string =>
  table.columns.has(column) ? `${alias}.${quote(column)}` : 'NULL';

async function findMembers(source: Source, usersTable: string): Promise<Layout['members']> {
  const name = `${usersTable}_groups`;
  const columns = [...(await source.columnsOf(name))];
  const userColumn = columns.find((column) => column.endsWith('_id') && column !== 'group_id');
  return userColumn && columns.includes('group_id')
    ? { name: quote(name), userColumn: quote(userColumn) }
    : undefined;
}

async function findVersion(source: Source): Promise<string> {
  if (!(await source.columnsOf('django_migrations')).size) return 'unknown';
  const rows = await source.select(
    "SELECT name FROM django_migrations WHERE app = 'oauth2_provider' ORDER BY name DESC LIMIT 1",
  );
  return asText(rows[0]?.name) || 'unknown';
}

/** The microsecond at which the site's first table was made. */
async function findSourceKey(source: Source): Promise<string> {
  if (!(await source.columnsOf('django_migrations')).size) return 'dot';
  const [row] = await source.select(
    'SELECT CAST(applied AS text) AS made FROM django_migrations ORDER BY id LIMIT 1',
  );
  const made = asText(row?.made).replace(/[^\d]/g, '').slice(0, 20);
  return `dot-${made}`;
}

/** @throws AppError when the tables of the toolkit are not there */
export async function findLayout(source: Source): Promise<Layout> {
  const applications = await getTable(source, 'oauth2_provider_application');
  // A site may have a user model of its own (AUTH_USER_MODEL): the foreign key knows.
  const usersTable = (await source.findReferenced('oauth2_provider_application', 'user_id')) ?? 'auth_user';
  const emails = await source.columnsOf('account_emailaddress');
  return {
    users: await getTable(source, usersTable),
    members: await findMembers(source, usersTable),
    applications,
    accessTokens: await getTable(source, 'oauth2_provider_accesstoken'),
    refreshTokens: await getTable(source, 'oauth2_provider_refreshtoken'),
    codes: await findTable(source, 'oauth2_provider_grant'),
    emailAddresses: emails.has('verified') ? quote('account_emailaddress') : undefined,
    version: await findVersion(source),
    sourceKey: await findSourceKey(source),
  };
}

export async function countRows(source: Source, from: string, values: unknown[] = []): Promise<number> {
  const [row] = await source.select(`SELECT count(*) AS rows FROM ${from}`, values);
  return Number(row?.rows ?? 0);
}
