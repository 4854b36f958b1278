/** Groups and who belongs to them (tables groups, group_members). A group exists as long as it has been named once. */
import { recordEvent } from '../audit/audit.js';
import type { Db } from '../database/database.js';
import { endSessionsOf } from '../engine/storage/sessions-store.js';
import { AppError } from '../http/errors.js';
import { text } from '../languages/texts.js';
import { findFactors, hasFactor } from './factors/find-factors.js';
import { getAccountByUsername } from './find-account.js';

// Django's limit, so that every group can be imported.
const LONGEST_NAME = 150;

/** Sorted by name, in the order of code points whatever the database's locale is. */
export async function listGroupsOf(db: Db, accountId: number): Promise<string[]> {
  const rows: { name: string }[] = await db('groups')
    .join('group_members', 'group_members.group_id', 'groups.id')
    .where('group_members.account_id', accountId)
    .select('groups.name');
  return rows.map((row) => row.name).sort();
}

function checkName(group: string): string {
  const name = group.trim();
  if (!name || name.length > LONGEST_NAME || /\p{Cc}/u.test(name)) {
    throw new AppError(
      422,
      'group_name_invalid',
      text('accounts.administration.groupName', { max: LONGEST_NAME }),
    );
  }
  return name;
}

/**
 * Makes the group when it is new.
 * @returns false when the account was in it already
 * @throws AppError account_not_found, group_name_invalid
 */
export async function addToGroup(db: Db, username: string, group: string, at = new Date()): Promise<boolean> {
  const name = checkName(group);
  const { id } = await getAccountByUsername(db, username);
  return db.transaction(async (transaction) => {
    await transaction('groups').insert({ name }).onConflict('name').ignore();
    const added = await transaction('group_members')
      .insert({ account_id: id, group_id: transaction('groups').where({ name }).select('id') })
      .onConflict(['account_id', 'group_id'])
      .ignore()
      .returning('group_id');
    if (!added.length) return false;
    await recordEvent(transaction, { event: 'group.joined', at, accountId: id, details: { group: name } });
    await signOutWithoutFactor(transaction, id);
    return true;
  });
}

/**
 * From now on members need a second factor. Those who have none are signed out, and set one up when they sign in again:
 * so nobody who is signed in ever has to be asked whether they may be.
 * @returns false when it was so already
 * @throws AppError group_not_found, group_name_invalid
 */
export async function setFactorRequired(
  db: Db,
  group: string,
  isRequired: boolean,
  at = new Date(),
): Promise<boolean> {
  const name = checkName(group);
  return db.transaction(async (transaction) => {
    const found: { id: number; requires_factor: boolean } | undefined = await transaction('groups')
      .where({ name })
      .forUpdate()
      .first('id', 'requires_factor');
    if (!found) {
      const message = text('accounts.administration.noGroup', { group: JSON.stringify(name) });
      throw new AppError(404, 'group_not_found', message);
    }
    if (found.requires_factor === isRequired) return false;
    await transaction('groups').where({ name }).update({ requires_factor: isRequired });
    const members: { account_id: number }[] = await transaction('group_members')
      .where({ group_id: found.id })
      .select('account_id');
    for (const { account_id: id } of isRequired ? members : []) await signOutWithoutFactor(transaction, id);
    const event = isRequired ? 'group.factor_required' : 'group.factor_not_required';
    await recordEvent(transaction, { event, at, details: { group: name } });
    return true;
  });
}

async function signOutWithoutFactor(transaction: Db, accountId: number): Promise<void> {
  const factors = await findFactors(transaction, accountId);
  if (!factors.isRequired || hasFactor(factors)) return;
  await endSessionsOf(transaction, accountId);
}

/**
 * @returns false when the account was not in it
 * @throws AppError account_not_found, group_name_invalid
 */
export async function removeFromGroup(
  db: Db,
  username: string,
  group: string,
  at = new Date(),
): Promise<boolean> {
  const name = checkName(group);
  const { id } = await getAccountByUsername(db, username);
  return db.transaction(async (transaction) => {
    const removed = await transaction('group_members')
      .where({ account_id: id })
      .whereIn('group_id', transaction('groups').where({ name }).select('id'))
      .delete();
    if (removed)
      await recordEvent(transaction, { event: 'group.left', at, accountId: id, details: { group: name } });
    return removed > 0;
  });
}
