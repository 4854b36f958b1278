/** Brings a Django OAuth Toolkit site over: people, groups, applications, what was allowed, and the live tokens. */
import type { Knex } from 'knex';
import { bringGroups } from '../../accounts/bring-accounts.js';
import type { BroughtConsent } from '../../authorization/bring-consents.js';
import type { BroughtToken } from '../../tokens/bring-tokens.js';
import {
  type Arrival,
  BATCH,
  bringAccounts,
  bringNewConsents,
  bringNewTokens,
  bringOneApplication,
} from '../bring-in.js';
import { importInOneTransaction } from '../in-one-transaction.js';
import type { Progress } from '../progress.js';
import type { Report } from '../report.js';
import { asText, type Source } from '../source.js';
import { readApplications, type SiteSettings, toApplication } from './applications.js';
import { countRows, type Layout } from './layout.js';
import { readUsers } from './people.js';
import {
  liveAccessTokens,
  liveRefreshTokens,
  type ReadTokens,
  readAccessTokens,
  readRefreshTokens,
} from './tokens.js';

export interface DotImport {
  source: Source;
  layout: Layout;
  site: SiteSettings;
  /** ALLOWED_REDIRECT_URI_SCHEMES of this server. */
  allowedSchemes: string[];
  knex: Knex;
  at: Date;
  isDryRun: boolean;
  progress: Progress;
}

export async function importDot(work: DotImport): Promise<Report> {
  const { knex, at, isDryRun, source, layout } = work;
  const run = { knex, at, isDryRun, sourceName: source.name, sourceKey: layout.sourceKey };
  return importInOneTransaction(run, async (arrival) => {
    await bringPeople(work, arrival);
    const present = await bringApplications(work, arrival);
    await bringTokensOf(work, arrival, present);
  });
}

async function bringPeople({ source, layout, progress }: DotImport, arrival: Arrival): Promise<void> {
  const { db, at, report } = arrival;
  if (layout.members) {
    const names = (await source.select('SELECT name FROM auth_group')).map((row) => asText(row.name));
    report.brought.groups = await bringGroups(
      db,
      names.map((name) => ({ name, requiresFactor: false })),
    );
    report.known.groups = names.length - report.brought.groups;
  }
  progress.begin('users', await countRows(source, layout.users.name));
  for await (const { read, accounts } of readUsers(source, layout, { size: BATCH, at, report })) {
    await bringAccounts(arrival, accounts);
    progress.add(read);
  }
  progress.end();
}

/** @returns the client ids of those that are here */
async function bringApplications(
  { source, layout, site, allowedSchemes, progress }: DotImport,
  arrival: Arrival,
): Promise<Set<string>> {
  const { at, report } = arrival;
  const present = new Set<string>();
  const rows = await readApplications(source, layout);
  progress.begin('applications', rows.length);
  for (const row of rows) {
    const application = toApplication(row, { at, report, site, allowedSchemes });
    if (application && (await bringOneApplication(arrival, application))) present.add(application.clientId);
    progress.add(1);
  }
  progress.end();
  return present;
}

/** Refresh tokens first: each brings the family to which its access token belongs. */
async function bringTokensOf(
  { source, layout, site, progress }: DotImport,
  arrival: Arrival,
  present: Set<string>,
): Promise<void> {
  const { at, report } = arrival;
  const { refreshTokenLifetime } = site;
  const isHere = (clientId: string) => present.has(clientId);
  const reading = { size: BATCH, at, report, refreshTokenLifetime, isHere };

  const bring = async (lists: AsyncIterable<ReadTokens>) => {
    for await (const { read, tokens } of lists) {
      await bringNewConsents(arrival, consentsOf(await bringNewTokens(arrival, tokens), at));
      progress.add(read);
    }
    progress.end();
  };
  progress.begin('refresh tokens', await countRows(source, liveRefreshTokens(layout)));
  await bring(readRefreshTokens(source, layout, reading));
  const moment = [source.moment(at)];
  progress.begin('access tokens', await countRows(source, liveAccessTokens(layout), moment));
  await bring(readAccessTokens(source, layout, reading));
}

/** The toolkit keeps no consents: whoever lets an application refresh has allowed it what the token may do. */
function consentsOf(tokens: BroughtToken[], at: Date): BroughtConsent[] {
  const consents = new Map<string, BroughtConsent>();
  for (const { kind, accountId, clientId, scope, issuedAt, details } of tokens) {
    if (kind !== 'refresh' || accountId === null || details.gty !== 'authorization_code') continue;
    const key = `${accountId} ${clientId}`;
    const scopes = [
      ...new Set([...(consents.get(key)?.scopes ?? []), ...(scope ?? '').split(' ').filter(Boolean)]),
    ];
    const nothing = { rejectedScopes: [], claims: [], rejectedClaims: [] };
    consents.set(key, { accountId, clientId, scopes, ...nothing, createdAt: issuedAt, updatedAt: at });
  }
  return [...consents.values()];
}
