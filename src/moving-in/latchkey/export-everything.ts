/**
 * Everything that another Latchkey needs to go on where this one is, as lines (lines.ts): hashes and no secret in clear,
 * and nothing that is sealed under SECRET_KEY (signing keys, second factors), which only this server can open.
 */
import type { Knex } from 'knex';
import { type BroughtAccount, readAccountsAfter, readGroups } from '../../accounts/bring-accounts.js';
import { type BroughtApplication, readApplicationsAfter } from '../../applications/bring-applications.js';
import { type BroughtTeam, readTeamsAfter } from '../../applications/teams/bring-teams.js';
import { type BroughtConsent, readConsentsAfter } from '../../authorization/bring-consents.js';
import type { Db } from '../../database/database.js';
import { type BroughtToken, readTokensAfter } from '../../tokens/bring-tokens.js';
import { BATCH } from '../bring-in.js';
import type { Progress } from '../progress.js';
import {
  applicationLine,
  consentLine,
  groupLine,
  headerLine,
  teamLine,
  tokenLine,
  userLine,
} from './to-lines.js';

interface Export {
  knex: Knex;
  issuer: string;
  at: Date;
  progress: Progress;
  /** Settles when more can be taken. */
  write: (lines: string) => Promise<void>;
}

/** List after list. @param read those that come after the last of the list before, undefined for the first */
async function* inLists<T>(read: (last?: T) => Promise<T[]>): AsyncIterable<T[]> {
  for (let last: T | undefined; ; ) {
    const list = await read(last);
    if (!list.length) return;
    yield list;
    last = list.at(-1);
  }
}

/** One moment of the database, from the first line to the last. */
export async function exportEverything({ knex, issuer, at, progress, write }: Export): Promise<void> {
  const snapshot = { isolationLevel: 'repeatable read', readOnly: true } as const;
  await knex.transaction(async (db) => {
    const writeAll = (records: object[]) =>
      write(records.map((record) => `${JSON.stringify(record)}\n`).join(''));
    const section = async <T>(what: string, lists: AsyncIterable<T[]>, toLine: (record: T) => object) => {
      progress.begin(what, 0);
      for await (const list of lists) {
        await writeAll(list.map(toLine));
        progress.add(list.length);
      }
      progress.end();
    };

    await writeAll([headerLine(issuer, at), ...(await readGroups(db)).map(groupLine)]);
    const { users, teams, applications, consents, tokens } = readers(db, at);
    await section('users', users, userLine);
    await section('teams', teams, teamLine);
    await section('applications', applications, applicationLine);
    await section('consents', consents, consentLine);
    await section('refresh tokens', tokens('refresh'), tokenLine);
    await section('access tokens', tokens('access'), tokenLine);
  }, snapshot);
}

const readers = (db: Db, at: Date) => ({
  users: inLists((last?: BroughtAccount) => readAccountsAfter(db, last?.id ?? 0, BATCH)),
  teams: inLists((last?: BroughtTeam & { id: number }) => readTeamsAfter(db, last?.id ?? 0, BATCH)),
  applications: inLists((last?: BroughtApplication & { id: number }) =>
    readApplicationsAfter(db, last?.id ?? 0, BATCH),
  ),
  consents: inLists((last?: BroughtConsent) => readConsentsAfter(db, last, BATCH)),
  tokens: (kind: BroughtToken['kind']) =>
    inLists((last?: BroughtToken) =>
      readTokensAfter(db, kind, last?.hash ?? Buffer.alloc(0), { at, size: BATCH }),
    ),
});
