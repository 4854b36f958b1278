/** Django's users, with their groups and, where allauth is installed, their email addresses. */
import type { IncomingAccount } from '../bring-in.js';
import { type Report, remark } from '../report.js';
import { asBoolean, asDate, asId, asText, type Row, type Source } from '../source.js';
import { columnOf, type Layout } from './layout.js';

const USER_COLUMNS = [
  'username',
  'email',
  'password',
  'first_name',
  'last_name',
  'is_superuser',
  'is_staff',
  'is_active',
  'date_joined',
];

/** Every user in the order of their ids, in lists of at most `size`. */
export async function* readUsers(
  source: Source,
  layout: Layout,
  { size, at, report }: { size: number; at: Date; report: Report },
): AsyncIterable<{ read: number; accounts: IncomingAccount[] }> {
  const { users } = layout;
  const columns = USER_COLUMNS.map((column) => `${columnOf(users, 'u', column)} AS ${column}`);
  const sql = `SELECT u.id, ${columns.join(', ')} FROM ${users.name} u ORDER BY u.id`;
  for await (const rows of source.stream(sql, [], size)) {
    const numbered = rows.flatMap((row) => {
      const id = asId(row.id);
      if (id === undefined) {
        remark(report.left, 'users', 'their id is not a number, so that it cannot be kept', asText(row.id));
        return [];
      }
      return [{ id, row }];
    });
    const range = [numbered[0]?.id ?? 0, numbered.at(-1)?.id ?? 0];
    const groups = await readGroups(source, layout, range);
    const addresses = await readAddresses(source, layout, range);
    const accounts = numbered.flatMap(({ id, row }) => {
      const found = { groups: groups.get(id) ?? [], addresses: addresses.get(id) ?? [] };
      return toAccount(id, row, found, { at, report }) ?? [];
    });
    yield { read: rows.length, accounts };
  }
}

interface Address {
  email: string;
  isVerified: boolean;
  isPrimary: boolean;
}

function toAccount(
  id: number,
  row: Row,
  { groups, addresses }: { groups: string[]; addresses: Address[] },
  { at, report }: { at: Date; report: Report },
): IncomingAccount | undefined {
  // A user model without usernames signs in with the email address.
  const username = asText(row.username) || asText(row.email);
  if (!username.trim()) {
    remark(report.left, 'users', 'they have neither a username nor an email address', String(id));
    return undefined;
  }
  const isSuperuser = asBoolean(row.is_superuser);
  if (asBoolean(row.is_staff) && !isSuperuser) {
    remark(
      report.changed,
      'users',
      "what staff may do in Django's admin site has no counterpart here",
      username,
    );
  }
  const email = asText(row.email) || (addresses.find((each) => each.isPrimary)?.email ?? '');
  const isSame = (each: Address) => each.email.toLowerCase() === email.toLowerCase();
  for (const other of addresses.filter((each) => !isSame(each))) {
    remark(
      report.changed,
      'users',
      'only one email address of each comes along',
      `${username}: ${other.email}`,
    );
  }
  const joined = asDate(row.date_joined) ?? at;
  return {
    key: String(id),
    id,
    username,
    email,
    emailVerifiedAt: addresses.some((each) => isSame(each) && each.isVerified) ? at : null,
    firstName: asText(row.first_name),
    lastName: asText(row.last_name),
    passwordHash: findHash(asText(row.password)),
    isSuperuser,
    // Where there is no such column, everybody is active.
    disabledAt: row.is_active === null || asBoolean(row.is_active) ? null : at,
    claims: {},
    groups,
    createdAt: joined,
    updatedAt: joined,
  };
}

/** Django writes an exclamation mark where nobody can sign in with a password. */
function findHash(password: string): string | null {
  return password && !password.startsWith('!') ? password : null;
}

async function readGroups(
  source: Source,
  { members }: Layout,
  range: number[],
): Promise<Map<number, string[]>> {
  if (!members) return new Map();
  const rows = await source.select(
    `SELECT m.${members.userColumn} AS user_id, g.name FROM ${members.name} m JOIN auth_group g ON g.id = m.group_id
      WHERE m.${members.userColumn} BETWEEN $1 AND $2`,
    range,
  );
  return gather(rows, (row) => asText(row.name));
}

async function readAddresses(
  source: Source,
  { emailAddresses }: Layout,
  range: number[],
): Promise<Map<number, Address[]>> {
  if (!emailAddresses) return new Map();
  const rows = await source.select(
    `SELECT user_id, email, verified, "primary" AS is_primary FROM ${emailAddresses} WHERE user_id BETWEEN $1 AND $2`,
    range,
  );
  return gather(rows, (row) => ({
    email: asText(row.email),
    isVerified: asBoolean(row.verified),
    isPrimary: asBoolean(row.is_primary),
  }));
}

function gather<T>(rows: Row[], toValue: (row: Row) => T): Map<number, T[]> {
  const gathered = new Map<number, T[]>();
  for (const row of rows) {
    const id = Number(row.user_id);
    gathered.set(id, [...(gathered.get(id) ?? []), toValue(row)]);
  }
  return gathered;
}
