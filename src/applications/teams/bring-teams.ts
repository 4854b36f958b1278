/** Teams as an export reads them and an import brings them (src/moving-in). */
import type { Db } from '../../database/database.js';
import { insertTeam } from './store.js';
import type { Role } from './team.js';

export interface BroughtMember {
  accountId: number;
  role: Role;
  joinedAt: Date;
}

export interface BroughtTeam {
  name: string;
  createdAt: Date;
  members: BroughtMember[];
}

/**
 * Always a team of its own, whatever others are called: to join two of one name would give the people of each the
 * applications of the other.
 * @param team with ids of people here
 * @returns its id, and those of its members who have an account here
 */
export async function bringTeam(
  db: Db,
  { name, createdAt, members }: BroughtTeam,
): Promise<{ id: number; present: Set<number> }> {
  const id = await insertTeam(db, name, createdAt);
  const rows = members.map(({ accountId, role, joinedAt }) => ({
    account_id: accountId,
    role,
    joined_at: joinedAt,
  }));
  const { rows: stored } = await db.raw<{ rows: { accountId: number }[] }>(
    `INSERT INTO team_members (team_id, account_id, role, joined_at)
      SELECT :id, accounts.id, asked.role, asked.joined_at
      FROM json_to_recordset(:members) AS asked (account_id bigint, role text, joined_at timestamptz)
      JOIN accounts ON accounts.id = asked.account_id
      ON CONFLICT DO NOTHING RETURNING account_id AS "accountId"`,
    { id, members: JSON.stringify(rows) },
  );
  return { id, present: new Set(stored.map(({ accountId }) => accountId)) };
}

/** As people read names: upper and lower case are the same. */
export async function hasTeamOfName(db: Db, name: string): Promise<boolean> {
  const row: unknown = await db('teams').whereRaw('lower(name) = lower(?)', [name]).first('id');
  return row !== undefined;
}

interface TeamRow {
  id: number;
  name: string;
  created_at: Date;
  members: { account_id: number; role: Role; joined_at: string }[];
}

/** For an export: those with a higher id, in the order of their ids. */
export async function readTeamsAfter(
  db: Db,
  id: number,
  size: number,
): Promise<(BroughtTeam & { id: number })[]> {
  const { rows } = await db.raw<{ rows: TeamRow[] }>(
    `SELECT id, name, created_at, (
        SELECT coalesce(json_agg(json_build_object('account_id', account_id, 'role', role, 'joined_at', joined_at)
          ORDER BY joined_at, account_id), '[]')
        FROM team_members WHERE team_id = teams.id
      ) AS members
      FROM teams WHERE id > ? ORDER BY id LIMIT ?`,
    [id, size],
  );
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    createdAt: row.created_at,
    members: row.members.map((member) => ({
      accountId: member.account_id,
      role: member.role,
      joinedAt: new Date(member.joined_at),
    })),
  }));
}
