/**
 * Stores what a reader has made of another server's records, list by list, within the transaction it is given. What was
 * brought before is left as it is here; what cannot come is reported with the reason.
 */
import {
  type BroughtAccount,
  findAccountClashes,
  followSource,
  insertBroughtAccounts,
} from '../accounts/bring-accounts.js';
import { findForeignCheck } from '../accounts/foreign-hashes.js';
import { type BroughtApplication, bringApplication } from '../applications/bring-applications.js';
import { findTeam } from '../applications/teams/store.js';
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
  /** Tells one source from another, wherever its database stands today: the same number is somebody else there. */
  sourceKey: string;
}

/** A person as a reader has it, under the key of the source. */
export interface IncomingAccount extends BroughtAccount {
  key: string;
}

export const keyAt = (sourceKey: string, key: string | number): string => `${sourceKey} ${key}`;

export async function bringAccounts(arrival: Arrival, accounts: IncomingAccount[]): Promise<void> {
  const { db, at, report, sourceKey } = arrival;
  const checked = accounts.map((account) => ({
    ...withUsableHash(report, account),
    key: keyAt(sourceKey, account.key),
  }));
  const known = await findImported(
    db,
    'account',
    checked.map(({ key }) => key),
  );
  const fresh = checked.filter(({ key }) => !known.has(key));
  const ids = await insertBroughtAccounts(db, fresh);
  const stored = fresh.flatMap(({ key }, index) => {
    const accountId = ids[index];
    return accountId === undefined ? [] : [{ key, accountId }];
  });
  await rememberImported(db, 'account', stored, at);
  report.brought.users += stored.length;
  await reportClashes(
    arrival,
    fresh.filter((_, index) => ids[index] === undefined),
  );
  await follow(arrival, checked, known);
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

async function reportClashes({ db, report }: Arrival, accounts: IncomingAccount[]): Promise<void> {
  const clashes = accounts.length ? await findAccountClashes(db, accounts) : [];
  for (const [index, { username }] of accounts.entries()) {
    const clash = clashes[index];
    const reason =
      clash?.by === 'id'
        ? 'their id belongs to an account that was made here'
        : 'their username is taken (upper and lower case are the same here); rename one of the two at the source and run the import again';
    remark(report.left, 'users', reason, `${username}, by ${clash?.username}`);
  }
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

/**
 * A team that was brought, unless it was deleted here since.
 * @param id at the source
 */
async function findTeamHere(
  { db, sourceKey }: Pick<Arrival, 'db' | 'sourceKey'>,
  id: number,
): Promise<number | undefined> {
  const key = keyAt(sourceKey, id);
  const { teamId } = (await findImported(db, 'team', [key])).get(key) ?? {};
  const team = teamId ? await findTeam(db, teamId) : undefined;
  return team?.id;
}

/**
 * @param application with the ids at the source of its owner or team, and of who made its secrets.
 * @returns whether it is here, now or from before
 */
export async function bringOneApplication(
  { db, at, report, sourceKey }: Arrival,
  application: BroughtApplication,
): Promise<boolean> {
  const { clientId, name, ownerId, teamId = null } = application;
  const key = keyAt(sourceKey, clientId);
  if ((await findImported(db, 'application', [key])).size) {
    report.known.applications++;
    return true;
  }
  const makers = application.secrets.map(({ createdBy }) => createdBy ?? null);
  const personOf = await findPeople({ db, sourceKey }, [ownerId, ...makers]);
  const team = teamId === null ? undefined : await findTeamHere({ db, sourceKey }, teamId);
  const owner = personOf(ownerId);
  const brought = {
    ...application,
    ownerId: owner ?? null,
    teamId: team ?? null,
    secrets: application.secrets.map((secret) => ({
      ...secret,
      createdBy: personOf(secret.createdBy ?? null) ?? null,
    })),
  };
  if (!(await bringApplication(db, brought))) {
    remark(report.left, 'applications', 'its client id belongs to an application that was made here', name);
    return false;
  }
  if (teamId !== null && team === undefined)
    remark(report.changed, 'applications', "came as nobody's: the team it is of is not here", name);
  if (ownerId !== null && owner === undefined)
    remark(report.changed, 'applications', "came as nobody's: its owner is not here", name);
  await rememberImported(db, 'application', [{ key }], at);
  report.brought.applications++;
  return true;
}

/**
 * Only those who were brought: an account that was made here may have the number of somebody else at the source.
 * @returns from an id at the source to the id here
 */
export async function findPeople(
  { db, sourceKey }: Pick<Arrival, 'db' | 'sourceKey'>,
  ids: (number | null)[],
): Promise<(id: number | null) => number | undefined> {
  const keys = [...new Set(ids)].flatMap((id) => (id === null ? [] : [keyAt(sourceKey, id)]));
  const known = keys.length ? await findImported(db, 'account', keys) : new Map<string, Known>();
  return (id) => (id === null ? undefined : (known.get(keyAt(sourceKey, id))?.accountId ?? undefined));
}

const keyOfToken = ({ hash }: BroughtToken): string => hash.toString('base64');

/** @param tokens of applications that have come, with ids of people at the source. @returns those that are new */
export async function bringNewTokens(
  { db, at, report, sourceKey }: Arrival,
  tokens: BroughtToken[],
): Promise<BroughtToken[]> {
  const known = await findImported(db, 'token', tokens.map(keyOfToken));
  const personOf = await findPeople(
    { db, sourceKey },
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
  await bringTokens(db, await withNewFamilies({ db, at }, fresh), at);
  await rememberImported(
    db,
    'token',
    fresh.map((token) => ({ key: keyOfToken(token), expiresAt: token.expiresAt })),
    at,
  );
  for (const { kind } of fresh) report.brought[kind === 'access' ? 'access tokens' : 'refresh tokens']++;
  return fresh;
}

/** A family that was brought before, and ended here since, does not come back with a token that is new at the source. */
async function withNewFamilies(
  { db, at }: Pick<Arrival, 'db' | 'at'>,
  tokens: BroughtToken[],
): Promise<BroughtToken[]> {
  const families = new Map(
    tokens.flatMap(({ grant }) => (grant ? [[grant.id, grant.expiresAt] as const] : [])),
  );
  const known = await findImported(db, 'grant', [...families.keys()]);
  const fresh = [...families].filter(([key]) => !known.has(key));
  await rememberImported(
    db,
    'grant',
    fresh.map(([key, expiresAt]) => ({ key, expiresAt })),
    at,
  );
  return tokens.map(({ grant, ...token }) => (grant && !known.has(grant.id) ? { ...token, grant } : token));
}

/** @param consents with ids of people at the source; those whose people have not come stay behind with them */
export async function bringNewConsents(
  { db, report, sourceKey }: Arrival,
  consents: BroughtConsent[],
): Promise<void> {
  if (!consents.length) return;
  const ids = consents.map(({ accountId }) => accountId);
  const personOf = await findPeople({ db, sourceKey }, ids);
  const present = consents.flatMap((consent) => {
    const accountId = personOf(consent.accountId);
    return accountId === undefined ? [] : [{ ...consent, accountId }];
  });
  report.brought.consents += await bringConsents(db, present);
}
