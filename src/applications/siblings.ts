/** Other applications of the same owner, be it a person or a team: to whoever looks after one they may be named. */
import type { Knex } from 'knex';
import type { Db } from '../database/database.js';
import type { Application } from './application.js';
import { type ApplicationRow, COLUMNS, toApplication } from './store.js';

/** Narrows a query of applications to this one and the others of its owner. */
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
