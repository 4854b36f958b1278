/** The SQL of applications as their owners see them: whose they are, lists, counts. */
import type { Knex } from 'knex';
import type { Db } from '../database/database.js';
import type { Application } from './application.js';
import type { HoldKind } from './standing/holds-store.js';
import { kindOfStanding } from './standing/standing.js';
import { type ApplicationRow, COLUMNS, toApplication } from './store.js';

export interface ListedApplication extends Application {
  ownerUsername: string | null;
  /** null: it is owned by no team. */
  teamName: string | null;
  /** Why it is refused everywhere; undefined: it is served. */
  standing: HoldKind | undefined;
}

export interface ListFilter {
  /** Only those of this account itself. */
  ownerId?: number | undefined;
  /** Only those of this account and of the teams it is in. */
  memberId?: number | undefined;
  /** Part of a name or of a client id, in any case. */
  search?: string;
  offset: number;
  limit: number;
}

interface ListedRow {
  owner_username: string | null;
  team_name: string | null;
  hold: HoldKind | null;
}

/** Narrows a query of applications to those this account sees and changes: its own, and those of its teams. */
export function ownedBy(applications: Knex.QueryBuilder, accountId: number): void {
  applications.where('applications.owner_id', accountId).orWhereRaw(
    `applications.id IN (SELECT t.application_id FROM team_applications t
      JOIN team_members m ON m.team_id = t.team_id WHERE m.account_id = ?)`,
    [accountId],
  );
}

export async function selectApplications(
  db: Db,
  { ownerId, memberId, search, offset, limit }: ListFilter,
): Promise<{ applications: ListedApplication[]; total: number }> {
  const matching = db('applications');
  if (ownerId !== undefined) matching.where({ owner_id: ownerId });
  if (memberId !== undefined) matching.where((own) => ownedBy(own, memberId));
  if (search) {
    // position() instead of LIKE: it has no wildcards that would need escaping.
    matching.whereRaw("position(lower(?) in lower(name || ' ' || client_id)) > 0", [search]);
  }
  const [[counted], rows] = await Promise.all([
    matching.clone().count<{ count: number }[]>({ count: '*' }),
    db
      .from(matching.clone().select(COLUMNS).orderBy('id', 'desc').offset(offset).limit(limit).as('page'))
      .leftJoin('accounts', 'accounts.id', 'page.owner_id')
      .leftJoin('team_applications', 'team_applications.application_id', 'page.id')
      .leftJoin('teams', 'teams.id', 'team_applications.team_id')
      .leftJoin('application_holds', 'application_holds.application_id', 'page.id')
      .orderBy('page.id', 'desc')
      .select<(ApplicationRow & ListedRow)[]>(
        'page.*',
        'accounts.username as owner_username',
        'teams.name as team_name',
        'application_holds.kind as hold',
      ),
  ]);
  return {
    applications: rows.map((row) => ({
      ...toApplication(row),
      ownerUsername: row.owner_username,
      teamName: row.team_name,
      standing: kindOfStanding(row.disabled_at, row.hold ?? undefined),
    })),
    total: counted?.count ?? 0,
  };
}

export async function selectApplicationsAfter(db: Db, id: number, limit: number): Promise<Application[]> {
  const rows: ApplicationRow[] = await db('applications')
    .select(COLUMNS)
    .where('id', '>', id)
    .orderBy('id')
    .limit(limit);
  return rows.map(toApplication);
}

export async function countApplicationsOf(db: Db, ownerId: number): Promise<number> {
  const [row] = await db('applications')
    .where({ owner_id: ownerId })
    .count<{ count: number }[]>({ count: '*' });
  return row?.count ?? 0;
}

/** No more than `most`. */
export async function countApplicationsUpTo(db: Db, most: number): Promise<number> {
  const [row] = await db.from(db('applications').select('id').limit(most).as('found')).count({ count: '*' });
  return Number(row?.count ?? 0);
}

/** Narrows a query of applications to this one and the others of its owner, be it a person or a team. */
export function ofSameOwner(
  applications: Knex.QueryBuilder,
  { id, ownerId }: Pick<Application, 'id' | 'ownerId'>,
): void {
  applications.where('applications.id', id).orWhereRaw(
    `applications.id IN (SELECT t.application_id FROM team_applications t
      JOIN team_applications mine ON mine.team_id = t.team_id WHERE mine.application_id = ?)`,
    [id],
  );
  if (ownerId !== null) applications.orWhere('applications.owner_id', ownerId);
}

/** The application of this client id, when it is of the same owner. */
export async function findSibling(
  db: Db,
  application: Pick<Application, 'id' | 'ownerId'>,
  clientId: string,
): Promise<Application | undefined> {
  const row: ApplicationRow | undefined = await db('applications')
    .first(COLUMNS)
    .where({ client_id: clientId })
    .where((own) => ofSameOwner(own, application));
  return row && toApplication(row);
}
