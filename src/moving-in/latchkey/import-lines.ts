/** Reads back what `latchkey export` has written, line by line. */
import type { Knex } from 'knex';
import { bringGroups } from '../../accounts/bring-accounts.js';
import {
  type Arrival,
  BATCH,
  bringAccounts,
  bringNewConsents,
  bringNewTokens,
  bringOneApplication,
} from '../bring-in.js';
import { bringOneTeam } from '../bring-teams.js';
import { importInOneTransaction } from '../in-one-transaction.js';
import type { Progress } from '../progress.js';
import { readLines, refused } from '../read-file.js';
import { type Report, remark } from '../report.js';
import { anyLine, FORMAT, type Line } from './lines.js';

interface LinesImport {
  path: string;
  knex: Knex;
  at: Date;
  isDryRun: boolean;
  progress: Progress;
}

/** Lists of lines of one type, in the order of the file. */
async function* readLists(path: string): AsyncIterable<Line[]> {
  let list: Line[] = [];
  for await (const { number, line } of readLines(path, anyLine, 'none of an export')) {
    if ((number === 1) !== (line.type === 'latchkey'))
      throw refused(
        `${path} has to begin with the line {"type": "latchkey", "format": ${FORMAT}, ...}, and has one such line.`,
      );
    if (list[0] && (list[0].type !== line.type || list.length === BATCH)) {
      yield list;
      list = [];
    }
    list.push(line);
  }
  if (list.length) yield list;
}

export async function importLines({ path, progress, ...run }: LinesImport): Promise<Report> {
  const lists = readLists(path)[Symbol.asyncIterator]();
  const first = await lists.next();
  const header: Line | undefined = first.value?.[0];
  if (header?.type !== 'latchkey') throw refused(`${path} is empty.`);
  // What came from this issuer before is known by the ids it has there.
  const sourceKey = `latchkey-${header.issuer}`;
  return importInOneTransaction({ ...run, sourceKey, sourceName: path }, async (arrival) => {
    const present = new Set<string>();
    progress.begin('lines', 0);
    for await (const list of { [Symbol.asyncIterator]: () => lists }) {
      await bringList(arrival, list, present);
      progress.add(list.length);
    }
    progress.end();
  });
}

/** All of one type. @param present client ids of the applications that have come so far */
async function bringList(arrival: Arrival, lines: Line[], present: Set<string>): Promise<void> {
  const { db, report } = arrival;
  const groups = lines.flatMap((line) => (line.type === 'group' ? line.group : []));
  if (groups.length) {
    const brought = await bringGroups(db, groups);
    report.brought.groups += brought;
    report.known.groups += groups.length - brought;
  }
  const accounts = lines.flatMap((line) =>
    line.type === 'user' ? { ...line.account, key: String(line.account.id) } : [],
  );
  if (accounts.length) await bringAccounts(arrival, accounts);
  for (const line of lines) {
    if (line.type === 'team') await bringOneTeam(arrival, line.team);
    if (line.type === 'application' && (await bringOneApplication(arrival, line.application)))
      present.add(line.application.clientId);
  }
  await bringNewConsents(
    arrival,
    lines.flatMap((line) =>
      line.type === 'consent' && present.has(line.consent.clientId) ? line.consent : [],
    ),
  );
  await bringNewTokens(
    arrival,
    lines.flatMap((line) => {
      if (line.type !== 'token' || line.token.expiresAt <= arrival.at) return [];
      if (present.has(line.token.clientId)) return line.token;
      const kind = line.token.kind === 'access' ? 'access tokens' : 'refresh tokens';
      remark(report.left, kind, 'their application has not come', line.token.clientId);
      return [];
    }),
  );
}
