/** Groups and who belongs to them (tables groups, group_members). A group exists as long as it has been named once. */
import { type Administrator, recordAdministration } from '../audit/audit.js';
import type { Db } from '../database/database.js';
import { AppError } from '../http/errors.js';
import { text } from '../languages/texts.js';
import { getAccount, type Who } from './find-account.js';
import { signOutWithoutFactor } from './require-factor.js';

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

/** @throws AppError group_name_invalid */
export function checkGroupName(group: string): string {
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
export async function addToGroup(db: Db, who: Who, group: string, by: Administrator = {}): Promise<boolean> {
  const name = checkGroupName(group);
  const { id } = await getAccount(db, who);
  return db.transaction(async (transaction) => {
    await transaction('groups').insert({ name }).onConflict('name').ignore();
    const added = await transaction('group_members')
      .insert({ account_id: id, group_id: transaction('groups').where({ name }).select('id') })
      .onConflict(['account_id', 'group_id'])
      .ignore()
      .returning('group_id');
    if (!added.length) return false;
    const event = { event: 'group.joined', at: new Date(), accountId: id, details: { group: name } } as const;
    await recordAdministration(transaction, by, event);
    await signOutWithoutFactor(transaction, id);
    return true;
  });
}

/**
 * @returns false when the account was not in it
 * @throws AppError account_not_found, group_name_invalid
 */
export async function removeFromGroup(
  db: Db,
  who: Who,
  group: string,
  by: Administrator = {},
): Promise<boolean> {
  const name = checkGroupName(group);
  const { id } = await getAccount(db, who);
  return db.transaction(async (transaction) => {
    const removed = await transaction('group_members')
      .where({ account_id: id })
      .whereIn('group_id', transaction('groups').where({ name }).select('id'))
      .delete();
    const event = { event: 'group.left', at: new Date(), accountId: id, details: { group: name } } as const;
    if (removed) await recordAdministration(transaction, by, event);
    return removed > 0;
  });
}
