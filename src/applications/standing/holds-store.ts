/** The SQL of table application_holds: why an application is disabled. It means nothing for one that is not. */
import type { Db } from '../../database/database.js';

/** Suspended by a superuser; waiting for its approval; or refused that. */
export type HoldKind = 'suspended' | 'waiting' | 'refused';

export interface Hold {
  kind: HoldKind;
  /** '' where none was given. */
  reason: string;
  since: Date;
}

/** In the place of the one before. */
export async function putHold(db: Db, applicationId: number, hold: Hold): Promise<void> {
  await db('application_holds')
    .insert({ application_id: applicationId, ...hold })
    .onConflict('application_id')
    .merge();
}

export async function deleteHold(db: Db, applicationId: number): Promise<void> {
  await db('application_holds').where({ application_id: applicationId }).delete();
}

export async function findHold(db: Db, applicationId: number): Promise<Hold | undefined> {
  return db('application_holds').where({ application_id: applicationId }).first('kind', 'reason', 'since');
}

const waiting = (db: Db) =>
  db('application_holds')
    .join('applications', 'applications.id', 'application_holds.application_id')
    .where('application_holds.kind', 'waiting')
    .whereNotNull('applications.disabled_at');

export interface WaitingApplication {
  id: number;
  name: string;
  redirectUris: string[];
  /** The username, or the name of the team; null: nobody's. */
  owner: string | null;
  since: Date;
}

/** Those that have waited longest first. */
export async function selectWaiting(db: Db, limit: number): Promise<WaitingApplication[]> {
  return waiting(db)
    .leftJoin('accounts', 'accounts.id', 'applications.owner_id')
    .leftJoin('team_applications', 'team_applications.application_id', 'applications.id')
    .leftJoin('teams', 'teams.id', 'team_applications.team_id')
    .orderBy('applications.id')
    .limit(limit)
    .select({
      id: 'applications.id',
      name: 'applications.name',
      redirectUris: 'applications.redirect_uris',
      owner: db.raw('coalesce(accounts.username, teams.name)'),
      since: 'application_holds.since',
    });
}

/** No more than `most`. */
export async function countWaiting(db: Db, most: number): Promise<number> {
  const [row] = await db
    .from(waiting(db).select('applications.id').limit(most).as('found'))
    .count<{ count: number }[]>({ count: '*' });
  return Number(row?.count ?? 0);
}
