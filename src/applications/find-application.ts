import type { Account } from '../accounts/account.js';
import { findAccount } from '../accounts/find-account.js';
import type { Db } from '../database/database.js';
import { notFound } from '../http/errors.js';
import { getId } from '../http/row-id.js';
import type { Application } from './application.js';
import * as store from './store.js';
import { findTeamOfApplication, isOfTeamOf } from './teams/store.js';

/** For the command line and the pages; protocol requests use loadClient. */
export { findApplicationByClientId } from './store.js';

/** As people know who looks after an application. */
export type OwnerName = { username: string } | { team: string };

export async function findOwnerName(
  db: Db,
  { id, ownerId }: Pick<Application, 'id' | 'ownerId'>,
): Promise<OwnerName | undefined> {
  if (ownerId !== null) {
    const owner = await findAccount(db, ownerId);
    return owner && { username: owner.username };
  }
  const team = await findTeamOfApplication(db, id);
  return team && { team: team.name };
}

/** An account may see and change its own, those of its teams, or any when it is a superuser's. */
export async function mayChange(
  db: Db,
  account: Account,
  { id, ownerId }: Pick<Application, 'id' | 'ownerId'>,
): Promise<boolean> {
  return account.isSuperuser || ownerId === account.id || (await isOfTeamOf(db, id, account.id));
}

/** The application, when this account may see and change it. */
export async function findApplicationOf(
  db: Db,
  account: Account,
  id: number,
): Promise<Application | undefined> {
  const application = await store.findApplication(db, id);
  return application && (await mayChange(db, account, application)) ? application : undefined;
}

/**
 * The application that an address names.
 * @throws AppError 404 when there is none, or none that this account may see and change (mayChange)
 */
export async function getApplicationFor(db: Db, account: Account, id: unknown): Promise<Application> {
  const application = await findApplicationOf(db, account, getId(id));
  if (application) return application;
  throw notFound();
}

/**
 * Nobody else changes it until the transaction ends.
 * @throws AppError 404 when it was deleted meanwhile
 */
export async function getLockedApplication(transaction: Db, id: number): Promise<Application> {
  const application = await store.lockApplication(transaction, id);
  if (application) return application;
  throw notFound();
}
