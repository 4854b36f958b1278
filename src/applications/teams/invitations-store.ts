/** The SQL of table team_invitations, which holds those that are open. */
import type { Knex } from 'knex';
import type { Db } from '../../database/database.js';
import { hashToken } from '../../secrets/token-hash.js';
import type { Role, TeamInvitation } from './team.js';

export interface NewInvitation {
  teamId: number;
  /** Who is invited: an account of this server, or whoever reads the mails of an address. */
  who: { accountId: number } | { email: string; token: string };
  role: Role;
  invitedBy: number;
  createdAt: Date;
  expiresAt: Date;
}

/** The one before to the same goes. */
export async function insertInvitation(db: Db, { who, ...invitation }: NewInvitation): Promise<void> {
  const target =
    'accountId' in who
      ? { account_id: who.accountId }
      : { email: who.email, token_hash: hashToken(who.token) };
  const before = db('team_invitations').where({ team_id: invitation.teamId });
  if ('accountId' in who) before.where({ account_id: who.accountId });
  else before.where({ email: who.email });
  await before.delete();
  await db('team_invitations').insert({
    ...target,
    team_id: invitation.teamId,
    role: invitation.role,
    invited_by: invitation.invitedBy,
    created_at: invitation.createdAt,
    expires_at: invitation.expiresAt,
  });
}

interface InvitationRow extends Omit<TeamInvitation, 'team'> {
  teamId: number;
  teamName: string;
}

const selectOpen = (db: Db, at: Date): Knex.QueryBuilder<object, InvitationRow[]> =>
  db('team_invitations')
    .join('teams', 'teams.id', 'team_invitations.team_id')
    .leftJoin('accounts as invited', 'invited.id', 'team_invitations.account_id')
    .leftJoin('accounts as inviter', 'inviter.id', 'team_invitations.invited_by')
    .where('team_invitations.expires_at', '>', at)
    .orderBy('team_invitations.id')
    .select({
      id: 'team_invitations.id',
      teamId: 'teams.id',
      teamName: 'teams.name',
      invited: db.raw('coalesce(invited.username, team_invitations.email)'),
      role: 'team_invitations.role',
      invitedBy: 'inviter.username',
      expiresAt: 'team_invitations.expires_at',
    });

const toInvitation = ({ teamId, teamName, ...row }: InvitationRow): TeamInvitation => ({
  ...row,
  team: { id: teamId, name: teamName },
});

export async function selectInvitationsOfTeam(db: Db, teamId: number, at: Date): Promise<TeamInvitation[]> {
  return (await selectOpen(db, at).where({ team_id: teamId })).map(toInvitation);
}

export async function selectInvitationsTo(db: Db, accountId: number, at: Date): Promise<TeamInvitation[]> {
  return (await selectOpen(db, at).where({ account_id: accountId })).map(toInvitation);
}

/** What an answer names: one to this account by its id, or one to whoever has the link. */
export type InvitationName = { id: number; accountId: number } | { token: string };

const conditionOf = (name: InvitationName) =>
  'token' in name
    ? { token_hash: hashToken(name.token) }
    : { 'team_invitations.id': name.id, account_id: name.accountId };

export async function selectInvitation(
  db: Db,
  name: InvitationName,
  at: Date,
): Promise<TeamInvitation | undefined> {
  const [row] = await selectOpen(db, at).where(conditionOf(name));
  return row && toInvitation(row);
}

/** @returns false when it was used or withdrawn meanwhile */
export async function deleteInvitation(db: Db, id: number): Promise<boolean> {
  return (await db('team_invitations').where({ id }).delete()) > 0;
}

/** Those that this member of the team has made. */
export async function deleteInvitationsBy(db: Db, teamId: number, accountId: number): Promise<void> {
  await db('team_invitations').where({ team_id: teamId, invited_by: accountId }).delete();
}
