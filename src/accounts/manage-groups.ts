/** Groups themselves: found, made, renamed, deleted (tables groups, group_members). Who belongs to them is in groups.ts. */
import { type Administrator, recordAdministration } from '../audit/audit.js';
import type { Db } from '../database/database.js';
import { AppError, notFound } from '../http/errors.js';
import { text } from '../languages/texts.js';
import { checkGroupName } from './groups.js';

export interface Group {
  id: number;
  name: string;
  /** Whether its members need a second factor. */
  requiresFactor: boolean;
}

export interface ListedGroup extends Group {
  /** No more than MOST_COUNTED. */
  members: number;
}

const COLUMNS = ['id', 'name', 'requires_factor as requiresFactor'];

/** Beyond so many nobody wants to know the number, and counting would take longer than the page. */
export const MOST_COUNTED = 10_000;

/**
 * Groups in the order of their names.
 * @param after the name the page before ended with
 */
export async function listGroups(
  db: Db,
  { after, limit }: { after?: string | undefined; limit?: number } = {},
): Promise<ListedGroup[]> {
  const { rows } = await db.raw<{ rows: ListedGroup[] }>(
    `SELECT id, name, requires_factor AS "requiresFactor", (SELECT count(*)::int FROM (
        SELECT FROM group_members WHERE group_id = groups.id LIMIT ${MOST_COUNTED}) found) AS members
      FROM groups WHERE CAST(:after AS text) IS NULL OR name > :after ORDER BY name LIMIT :limit`,
    { after: after ?? null, limit: limit ?? null },
  );
  return rows;
}

export async function findGroup(db: Db, id: number): Promise<Group | undefined> {
  return db('groups').where({ id }).first(COLUMNS);
}

/** @throws AppError group_not_found */
export async function getGroupByName(db: Db, name: string): Promise<Group> {
  const group = await db('groups')
    .where({ name: checkGroupName(name) })
    .first('id', 'name');
  if (group) return group;
  throw new AppError(
    404,
    'group_not_found',
    text('accounts.administration.noGroup', { group: JSON.stringify(name) }),
  );
}

function nameTaken(name: string): AppError {
  return new AppError(
    409,
    'group_exists',
    text('accounts.administration.groupExists', { group: JSON.stringify(name) }),
  );
}

/** @throws AppError group_name_invalid, group_exists */
export async function createGroup(db: Db, name: string, by: Administrator = {}): Promise<Group> {
  const checked = checkGroupName(name);
  return db.transaction(async (transaction) => {
    const [group]: Group[] = await transaction('groups')
      .insert({ name: checked })
      .onConflict('name')
      .ignore()
      .returning(COLUMNS);
    if (!group) throw nameTaken(checked);
    const event = { event: 'group.created', at: new Date(), details: { group: checked } } as const;
    await recordAdministration(transaction, by, event);
    return group;
  });
}

/** Applications are told the new name from the next time they ask. @throws AppError group_name_invalid, group_exists */
export async function renameGroup(db: Db, id: number, name: string, by: Administrator = {}): Promise<Group> {
  const checked = checkGroupName(name);
  try {
    return await db.transaction(async (transaction) => {
      const before: Group | undefined = await transaction('groups').where({ id }).forUpdate().first(COLUMNS);
      if (!before) throw notFound();
      if (before.name === checked) return before;
      await transaction('groups').where({ id }).update({ name: checked });
      const details = { from: before.name, group: checked };
      const event = { event: 'group.renamed', at: new Date(), details } as const;
      await recordAdministration(transaction, by, event);
      return { ...before, name: checked };
    });
  } catch (error) {
    if (error instanceof Error && 'constraint' in error && error.constraint === 'groups_name_key')
      throw nameTaken(checked);
    throw error;
  }
}

/** Its members stay who they are, and are in it no longer. */
export async function deleteGroup(db: Db, id: number, by: Administrator = {}): Promise<void> {
  await db.transaction(async (transaction) => {
    const [group]: Group[] = await transaction('groups').where({ id }).delete().returning(COLUMNS);
    if (!group) throw notFound();
    const event = { event: 'group.deleted', at: new Date(), details: { group: group.name } } as const;
    await recordAdministration(transaction, by, event);
  });
}

export interface Member {
  id: number;
  username: string;
}

/**
 * Members in the order of their ids.
 * @param after the id the page before ended with
 */
export async function listMembers(
  db: Db,
  groupId: number,
  { after = 0, limit }: { after?: number | undefined; limit: number },
): Promise<Member[]> {
  return db('group_members')
    .join('accounts', 'accounts.id', 'group_members.account_id')
    .where('group_members.group_id', groupId)
    .where('group_members.account_id', '>', after)
    .orderBy('group_members.account_id')
    .limit(limit)
    .select('accounts.id', 'accounts.username');
}
