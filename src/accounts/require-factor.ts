/**
 * Groups whose members need a second factor. Whoever has none is signed out when it comes to that, and sets one up when
 * they sign in again: so nobody who is signed in ever has to be asked whether they may be.
 */
import { type Administrator, recordAdministration } from '../audit/audit.js';
import type { Db } from '../database/database.js';
import { endSessionsOf } from '../engine/storage/sessions-store.js';
import { notFound } from '../http/errors.js';
import { findFactors, hasFactor } from './factors/find-factors.js';

/** @returns false when it was so already. @throws AppError not_found */
export async function setFactorRequired(
  db: Db,
  groupId: number,
  isRequired: boolean,
  by: Administrator = {},
): Promise<boolean> {
  return db.transaction(async (transaction) => {
    const group: { name: string; requires_factor: boolean } | undefined = await transaction('groups')
      .where({ id: groupId })
      .forUpdate()
      .first('name', 'requires_factor');
    if (!group) throw notFound();
    if (group.requires_factor === isRequired) return false;
    await transaction('groups').where({ id: groupId }).update({ requires_factor: isRequired });
    const members: { account_id: number }[] = await transaction('group_members')
      .where({ group_id: groupId })
      .select('account_id');
    for (const { account_id: id } of isRequired ? members : []) await signOutWithoutFactor(transaction, id);
    const event = isRequired ? 'group.factor_required' : 'group.factor_not_required';
    const details = { group: group.name };
    await recordAdministration(transaction, by, { event, at: new Date(), details });
    return true;
  });
}

/** For somebody who has just come into a group. */
export async function signOutWithoutFactor(transaction: Db, accountId: number): Promise<void> {
  const factors = await findFactors(transaction, accountId);
  if (factors.isRequired && !hasFactor(factors)) await endSessionsOf(transaction, accountId);
}
