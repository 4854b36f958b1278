/** The SQL of teams, their members and the applications they own. */
import type { Db } from '../../database/database.js';
import type { Member, Role, Team, TeamOfPerson } from './team.js';

const TEAM = { id: 'teams.id', name: 'teams.name', createdAt: 'teams.created_at' };

export async function insertTeam(db: Db, name: string, at: Date): Promise<number> {
  const [row] = await db('teams').insert({ name, created_at: at }).returning<{ id: number }[]>('id');
  return row!.id;
}

export async function updateTeamName(db: Db, id: number, name: string): Promise<void> {
  await db('teams').where({ id }).update({ name });
}

/** Members and invitations go along by their foreign keys; while it owns applications it stays. */
export async function deleteTeam(db: Db, id: number): Promise<void> {
  await db('teams').where({ id }).delete();
}

export async function findTeam(db: Db, id: number): Promise<Team | undefined> {
  return db('teams').where({ id }).first(TEAM);
}

/** Until the transaction ends nobody else changes who is in the team and what it owns. */
export async function lockTeam(transaction: Db, id: number): Promise<Team | undefined> {
  return transaction('teams').where({ id }).forUpdate().first(TEAM);
}

/** Names are not unique. */
export async function selectTeamsNamed(db: Db, name: string): Promise<Team[]> {
  return db('teams').where({ name }).orderBy('id').select(TEAM);
}

/** By their names. */
export async function selectTeamsOf(db: Db, accountId: number): Promise<TeamOfPerson[]> {
  return db('teams')
    .join('team_members', 'team_members.team_id', 'teams.id')
    .where({ account_id: accountId })
    .orderBy([{ column: 'teams.name' }, { column: 'teams.id' }])
    .select({ ...TEAM, role: 'team_members.role' });
}

export async function selectAllTeams(db: Db, limit: number): Promise<(Team & { members: number })[]> {
  return db('teams')
    .orderBy('id')
    .limit(limit)
    .select({
      ...TEAM,
      members: db.raw('(SELECT count(*) FROM team_members m WHERE m.team_id = teams.id)'),
    });
}

export async function findRole(db: Db, teamId: number, accountId: number): Promise<Role | undefined> {
  const row: { role: Role } | undefined = await db('team_members')
    .where({ team_id: teamId, account_id: accountId })
    .first('role');
  return row?.role;
}

/** Those who have been in it longest first. */
export async function selectMembers(db: Db, teamId: number): Promise<Member[]> {
  return db('team_members')
    .join('accounts', 'accounts.id', 'team_members.account_id')
    .where({ team_id: teamId })
    .orderBy([{ column: 'joined_at' }, { column: 'account_id' }])
    .select({
      accountId: 'account_id',
      username: 'accounts.username',
      role: 'role',
      joinedAt: 'joined_at',
      isDisabled: db.raw('accounts.disabled_at IS NOT NULL'),
    });
}

/** @returns false when they are in it already */
export async function insertMember(
  db: Db,
  { teamId, accountId, role, at }: { teamId: number; accountId: number; role: Role; at: Date },
): Promise<boolean> {
  const inserted: unknown[] = await db('team_members')
    .insert({ team_id: teamId, account_id: accountId, role, joined_at: at })
    .onConflict(['team_id', 'account_id'])
    .ignore()
    .returning('team_id');
  return inserted.length === 1;
}

export async function updateRole(db: Db, teamId: number, accountId: number, role: Role): Promise<void> {
  await db('team_members').where({ team_id: teamId, account_id: accountId }).update({ role });
}

export async function deleteMember(db: Db, teamId: number, accountId: number): Promise<void> {
  await db('team_members').where({ team_id: teamId, account_id: accountId }).delete();
}

export async function findTeamOfApplication(db: Db, applicationId: number): Promise<Team | undefined> {
  return db('teams')
    .join('team_applications', 'team_applications.team_id', 'teams.id')
    .where({ application_id: applicationId })
    .first(TEAM);
}

/** By the ids of the applications; those of no team are not in it. */
export async function selectTeamIds(db: Db, applicationIds: number[]): Promise<Map<number, number>> {
  const rows: { applicationId: number; teamId: number }[] = await db('team_applications')
    .whereIn('application_id', applicationIds)
    .select('application_id as applicationId', 'team_id as teamId');
  return new Map(rows.map(({ applicationId, teamId }) => [applicationId, teamId]));
}

/** Whether a team this account is in owns the application. */
export async function isOfTeamOf(db: Db, applicationId: number, accountId: number): Promise<boolean> {
  const row: unknown = await db('team_applications')
    .join('team_members', 'team_members.team_id', 'team_applications.team_id')
    .where({ application_id: applicationId, account_id: accountId })
    .first('application_id');
  return row !== undefined;
}

export async function insertTeamApplication(db: Db, teamId: number, applicationId: number): Promise<void> {
  await db('team_applications')
    .insert({ application_id: applicationId, team_id: teamId })
    .onConflict('application_id')
    .merge();
}

export async function deleteTeamApplication(db: Db, applicationId: number): Promise<void> {
  await db('team_applications').where({ application_id: applicationId }).delete();
}

/** They are nobody's then. */
export async function deleteAllTeamApplications(db: Db, teamId: number): Promise<void> {
  await db('team_applications').where({ team_id: teamId }).delete();
}

export async function countTeamApplications(db: Db, teamId: number): Promise<number> {
  const [row] = await db('team_applications')
    .where({ team_id: teamId })
    .count<{ count: number }[]>({ count: '*' });
  return row?.count ?? 0;
}

/** By their names. */
export async function selectTeamApplications(
  db: Db,
  teamId: number,
): Promise<{ id: number; name: string; disabledAt: Date | null }[]> {
  return db('team_applications')
    .join('applications', 'applications.id', 'team_applications.application_id')
    .where({ team_id: teamId })
    .orderBy([{ column: 'applications.name' }, { column: 'applications.id' }])
    .select({ id: 'applications.id', name: 'applications.name', disabledAt: 'applications.disabled_at' });
}
