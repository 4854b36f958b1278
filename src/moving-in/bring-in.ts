/**
 * Stores what a reader has made of another server's records, list by list, within the transaction it is given. What was
 * brought before is left as it is here; what cannot come is reported with the reason.
 */
import {
  type BroughtAccount,
  findAccountClash,
  followSource,
  insertBroughtAccounts,
} from '../accounts/bring-accounts.js';
import { findForeignCheck } from '../accounts/foreign-hashes.js';
import { type BroughtApplication, bringApplication } from '../applications/bring-applications.js';
import { type BroughtConsent, bringConsents } from '../authorization/bring-consents.js';
import type { Db } from '../database/database.js';
import { type BroughtToken, bringTokens } from '../tokens/bring-tokens.js';
import { findImported, type Known, rememberImported } from './imported-records.js';
import { type Report, remark } from './report.js';

/** Records per statement: some ten milliseconds of work, and a few megabytes at most. */
export const BATCH = 1_000;

export interface Arrival {
  db: Db;
  at: Date;
  report: Report;
}

/** A person as a reader has it, under the key of the source. */
export interface IncomingAccount extends BroughtAccount {
  key: string;
}

const keysOf = (records: { key: string }[]) => records.map(({ key }) => key);

export async function bringAccounts({ db, at, report }: Arrival, accounts: IncomingAccount[]): Promise<void> {
  const checked = accounts.map((account) => withUsableHash(report, account));
  const known = await findImported(db, 'account', keysOf(checked));
  const fresh = checked.filter(({ key }) => !known.has(key));
  const ids = await insertBroughtAccounts(db, fresh);
  const stored = fresh.flatMap(({ key }, index) => {
    const accountId = ids[index];
    return accountId === undefined ? [] : [{ key, accountId }];
  });
  await rememberImported(db, 'account', stored, at);
  report.brought.users += stored.length;
  for (const [index, account] of fresh.entries()) {
    if (ids[index] === undefined) await reportClash({ db, at, report }, account);
  }
  await follow({ db, at, report }, checked, known);
}

/** A hash of an unknown kind, or one that would cost too much, is no password: the person has to ask for a new one. */
function withUsableHash(report: Report, account: IncomingAccount): IncomingAccount {
  const { passwordHash } = account;
  if (passwordHash === null || findForeignCheck(passwordHash)) return account;
  const [algorithm = ''] = passwordHash.replace(/^\$/, '').split('$');
  const reason = `came without their password: a hash of the kind ${JSON.stringify(algorithm.slice(0, 30))}, or with these parameters, cannot be checked here`;
  remark(report.changed, 'users', reason, account.username);
  return { ...account, passwordHash: null };
}

async function reportClash({ db, report }: Arrival, account: IncomingAccount): Promise<void> {
  const clash = await findAccountClash(db, account);
  const reason =
    clash?.by === 'id'
      ? 'their id belongs to an account that was made here'
      : 'their username is taken (upper and lower case are the same here); rename one of the two at the source and run the import again';
  remark(report.left, 'users', reason, `${account.username} (${account.key}), taken by ${clash?.username}`);
}

async function follow(
  { db, report }: Arrival,
  accounts: IncomingAccount[],
  known: Map<string, Known>,
): Promise<void> {
  const before = accounts.flatMap(({ key, passwordHash, disabledAt }) => {
    const { accountId, importedAt } = known.get(key) ?? {};
    if (!accountId || !importedAt) return [];
    return [{ id: accountId, broughtAt: importedAt, passwordHash, disabledAt }];
  });
  report.known.users += before.length;
  if (before.length) report.followed += await followSource(db, before);
}

/** @param application with the owner's id at the source. @returns whether it is here, now or from before */
export async function bringOneApplication(
  { db, at, report }: Arrival,
  application: BroughtApplication,
): Promise<boolean> {
  const { clientId, name, ownerId } = application;
  const known = await findImported(db, 'application', [clientId]);
  if (known.has(clientId)) {
    report.known.applications++;
    return true;
  }
  const owner = (await findPeople(db, [ownerId]))(ownerId) ?? null;
  if (!(await bringApplication(db, { ...application, ownerId: owner }))) {
    remark(report.left, 'applications', 'its client id belongs to an application that was made here', name);
    return false;
  }
  await rememberImported(db, 'application', [{ key: clientId }], at);
  report.brought.applications++;
  return true;
}

/**
 * Only those who were brought: an account that was made here may have the number of somebody else at the source.
 * @returns from an id at the source to the id here
 */
async function findPeople(
  db: Db,
  ids: (number | null)[],
): Promise<(id: number | null) => number | undefined> {
  const keys = [...new Set(ids)].flatMap((id) => (id === null ? [] : [String(id)]));
  const known = keys.length ? await findImported(db, 'account', keys) : new Map<string, Known>();
  return (id) => known.get(String(id))?.accountId ?? undefined;
}

const keyOfToken = ({ hash }: BroughtToken): string => hash.toString('base64');

/** @param tokens of applications that have come, with ids of people at the source. @returns those that are new */
export async function bringNewTokens(
  { db, at, report }: Arrival,
  tokens: BroughtToken[],
): Promise<BroughtToken[]> {
  const known = await findImported(db, 'token', tokens.map(keyOfToken));
  const personOf = await findPeople(
    db,
    tokens.map(({ accountId }) => accountId),
  );
  const fresh: BroughtToken[] = [];
  for (const token of tokens) {
    const kind = token.kind === 'access' ? 'access tokens' : 'refresh tokens';
    const accountId = personOf(token.accountId);
    if (known.has(keyOfToken(token))) report.known[kind]++;
    else if (token.accountId === null) fresh.push(token);
    else if (accountId === undefined)
      remark(report.left, kind, 'their user has not come', `user ${token.accountId}`);
    else
      fresh.push({ ...token, accountId, ...(token.grant ? { grant: { ...token.grant, accountId } } : {}) });
  }
  await bringTokens(db, fresh, at);
  await rememberImported(
    db,
    'token',
    fresh.map((token) => ({ key: keyOfToken(token), expiresAt: token.expiresAt })),
    at,
  );
  for (const { kind } of fresh) report.brought[kind === 'access' ? 'access tokens' : 'refresh tokens']++;
  return fresh;
}

/** @param consents with ids of people here */
export async function bringNewConsents({ db, report }: Arrival, consents: BroughtConsent[]): Promise<void> {
  if (consents.length) report.brought.consents += await bringConsents(db, consents);
}
