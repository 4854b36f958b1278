/**
 * Brings the users of an Auth0 tenant over: from the export of users (one JSON object on each line), and from the file of
 * password hashes that Auth0 sends on request. Clients and tokens are in neither.
 */
import type { Knex } from 'knex';
import { z } from 'zod';
import { BATCH, bringAccounts, type IncomingAccount } from '../bring-in.js';
import { importInOneTransaction } from '../in-one-transaction.js';
import type { Progress } from '../progress.js';
import { readLines } from '../read-file.js';
import { type Report, remark } from '../report.js';

interface UsersImport {
  path: string;
  /** undefined: people come without passwords, unless the first file has them as well. */
  hashesPath: string | undefined;
  knex: Knex;
  at: Date;
  isDryRun: boolean;
  progress: Progress;
}

const text = z.string().nullish();

const user = z
  .object({
    user_id: z.string().optional(),
    _id: z.object({ $oid: z.string() }).optional(),
    email: text,
    email_verified: z.boolean().nullish(),
    username: text,
    given_name: text,
    family_name: text,
    nickname: text,
    picture: text,
    created_at: z.iso.datetime().nullish(),
    blocked: z.boolean().nullish(),
    passwordHash: text,
  })
  .refine((line) => line.user_id !== undefined || line._id !== undefined, 'there is neither user_id nor _id');
type Auth0User = z.output<typeof user>;

const WHAT = 'no user of Auth0';

/** The hashes name people by the last part of `auth0|5f7c8ec7c33c6c004bbafe82`. */
const keyOf = ({ user_id: id, _id: other }: Auth0User): string => id ?? `auth0|${other?.$oid}`;

async function readHashes(path: string | undefined): Promise<Map<string, string>> {
  const hashes = new Map<string, string>();
  if (!path) return hashes;
  for await (const { line } of readLines(path, user, WHAT))
    if (line.passwordHash) hashes.set(keyOf(line), line.passwordHash);
  return hashes;
}

function toAccount(
  line: Auth0User,
  hash: string | undefined,
  { at, report }: { at: Date; report: Report },
): IncomingAccount | undefined {
  const key = keyOf(line);
  const username = line.username || line.email;
  if (!username) {
    remark(report.left, 'users', 'they have neither a username nor an email address', key);
    return undefined;
  }
  if (!key.startsWith('auth0|'))
    remark(
      report.changed,
      'users',
      'they signed in by way of another service, and have no password here',
      username,
    );
  const createdAt = line.created_at ? new Date(line.created_at) : at;
  const { nickname, picture } = line;
  return {
    key,
    id: null,
    username,
    email: line.email ?? '',
    emailVerifiedAt: line.email_verified ? at : null,
    firstName: line.given_name ?? '',
    lastName: line.family_name ?? '',
    passwordHash: line.passwordHash ?? hash ?? null,
    isSuperuser: false,
    disabledAt: line.blocked ? at : null,
    claims: { ...(nickname ? { nickname } : {}), ...(picture ? { picture } : {}) },
    groups: [],
    createdAt,
    updatedAt: createdAt,
  };
}

export async function importUsers({ path, hashesPath, progress, ...run }: UsersImport): Promise<Report> {
  const hashes = await readHashes(hashesPath);
  return importInOneTransaction({ ...run, sourceKey: 'auth0', sourceName: path }, async (arrival) => {
    let list: IncomingAccount[] = [];
    const bring = async () => {
      await bringAccounts(arrival, list);
      progress.add(list.length);
      list = [];
    };
    progress.begin('users', 0);
    for await (const { line } of readLines(path, user, WHAT)) {
      const account = toAccount(line, hashes.get(keyOf(line)), arrival);
      if (account) list.push(account);
      if (list.length === BATCH) await bring();
    }
    await bring();
    progress.end();
    if (arrival.report.brought.users)
      remark(
        arrival.report.changed,
        'users',
        'their ids are numbers here: `sub` is another one',
        'all of them',
      );
  });
}
