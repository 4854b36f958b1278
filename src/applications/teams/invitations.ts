/** Somebody is asked into a team, and says yes or no. */
import type { Account } from '../../accounts/account.js';
import { identityFields } from '../../accounts/account-fields.js';
import { findAccountByUsername } from '../../accounts/store.js';
import type { Database, Db } from '../../database/database.js';
import { AppError, type FieldErrors, notFound } from '../../http/errors.js';
import type { Mails } from '../../mail/mails.js';
import { newToken } from '../../secrets/token-hash.js';
import type { Change } from '../record-change.js';
import { writeToAddress, writeToDeveloper } from '../tell-owners.js';
import { getTeamOwnedBy } from './find-team.js';
import {
  deleteInvitation,
  type InvitationName,
  insertInvitation,
  selectInvitation,
} from './invitations-store.js';
import { recordTeamEvent } from './manage-team.js';
import { enforceInvitationQuota, enforceTeamQuota } from './quotas.js';
import { findRole, insertMember, lockTeam, selectMembers } from './store.js';
import type { Role, Team, TeamInvitation } from './team.js';

const WEEK = 7 * 24 * 60 * 60 * 1000;
const MOST_MEMBERS = 100;

interface InviteDeps {
  database: Database;
  mails: Mails;
}

interface Wish {
  /** A username or an email address. */
  who: string;
  role: Role;
}

/**
 * By a username: it is on the page of teams of that account, and a mail tells of it. By an address: a link goes there,
 * whether it is that of an account or not, and whoever reads it may answer.
 * @throws AppError 429 when the inviter has invited too many, 404 when the team is gone, 403 or 404 for no owner of it
 */
export async function inviteToTeam(
  { database, mails }: InviteDeps,
  team: Team,
  inviter: Account,
  { who, role }: Wish,
  change: Change,
): Promise<FieldErrors | undefined> {
  const { at } = change;
  const refuse = (problem: string) => ({ who: problem });
  return database.knex.transaction(async (transaction) => {
    await enforceInvitationQuota(transaction, inviter.id, at);
    if (!(await lockTeam(transaction, team.id))) throw notFound();
    // Asked again: who was taken out while this waited for the team must not come back by an invitation of their own.
    await getTeamOwnedBy(transaction, inviter, String(team.id));
    if ((await selectMembers(transaction, team.id)).length >= MOST_MEMBERS)
      return refuse(`A team has at most ${MOST_MEMBERS} members.`);
    const invitation = {
      teamId: team.id,
      role,
      invitedBy: inviter.id,
      createdAt: at,
      expiresAt: new Date(at.getTime() + WEEK),
    };
    const subject = `${inviter.username} invites you to the team ${team.name}`;
    const line = `${inviter.username} invites you to the team ${team.name}, which looks after applications that sign people in here. As ${role === 'owner' ? 'an owner you manage its members, too' : 'a member you see and change them'}.`;
    const closing = [
      'The invitation is open for a week. If you do not know what this is about, there is nothing you have to do.',
    ];
    const account = await findAccountByUsername(transaction, who);
    if (account && !account.disabledAt) {
      if (await findRole(transaction, team.id, account.id)) return refuse('They are in the team already.');
      await insertInvitation(transaction, { ...invitation, who: { accountId: account.id } });
      const action = { label: 'See the invitation', path: '/applications/teams' };
      await writeToDeveloper(mails, transaction, account, { subject, lines: [line], action, closing });
      await recordTeamEvent(transaction, 'team.invited', team, change, { accountId: account.id, role });
      return undefined;
    }
    if (!who.includes('@')) return refuse('There is nobody with this username.');
    const email = identityFields.email.safeParse(who);
    if (!email.success) return refuse('This is neither a username nor an email address.');
    if (!mails.areAvailable)
      return refuse('This server sends no mail: invite somebody who has an account here, by their username.');
    const token = newToken();
    const action = { label: 'Answer the invitation', path: `/applications/teams/join?token=${token}` };
    if (!(await writeToAddress(mails, transaction, email.data, { subject, lines: [line], action, closing })))
      return refuse('Too many mails went to this address within an hour. Try again later.');
    // Not before: an invitation that nobody was told of would stay, and end the one before it.
    await insertInvitation(transaction, { ...invitation, who: { email: email.data, token } });
    await recordTeamEvent(transaction, 'team.invited', team, change, { invited: email.data, role });
    return undefined;
  });
}

export function invitationIsOver(): AppError {
  return new AppError(410, 'invitation_over', 'This invitation is over, or was withdrawn.', {
    hint: 'Ask somebody of the team to invite you again.',
    link: { href: '/applications/teams', text: 'Teams' },
  });
}

/** Looks without answering. @throws AppError 410 */
export async function getInvitation(db: Db, name: InvitationName, at: Date): Promise<TeamInvitation> {
  const invitation = await selectInvitation(db, name, at);
  if (!invitation) throw invitationIsOver();
  return invitation;
}

/**
 * @returns the team, which the account is in from now on
 * @throws AppError 410 when the invitation is over, 429 when the person is in too many teams
 */
export async function acceptInvitation(
  db: Db,
  name: InvitationName,
  account: Account,
  change: Change,
): Promise<Pick<Team, 'id' | 'name'>> {
  const { at } = change;
  return db.transaction(async (transaction) => {
    const { id, team, role } = await getInvitation(transaction, name, at);
    // The account before the team, as whoever is leaving holds them.
    await enforceTeamQuota(transaction, account.id, at);
    if (!(await lockTeam(transaction, team.id)) || !(await deleteInvitation(transaction, id)))
      throw invitationIsOver();
    const isNew = await insertMember(transaction, { teamId: team.id, accountId: account.id, role, at });
    if (isNew)
      await recordTeamEvent(transaction, 'team.joined', team, change, { accountId: account.id, role });
    return team;
  });
}

export async function declineInvitation(
  db: Db,
  name: InvitationName,
  account: Account,
  change: Change,
): Promise<void> {
  await db.transaction(async (transaction) => {
    const { id, team } = await getInvitation(transaction, name, change.at);
    if (!(await deleteInvitation(transaction, id))) throw invitationIsOver();
    await recordTeamEvent(transaction, 'team.declined', team, change, { accountId: account.id });
  });
}

/** Nothing happens when it was answered before. */
export async function withdrawInvitation(
  db: Db,
  team: Team,
  { id, invited }: Pick<TeamInvitation, 'id' | 'invited'>,
  change: Change,
): Promise<void> {
  await db.transaction(async (transaction) => {
    if (!(await deleteInvitation(transaction, id))) return;
    await recordTeamEvent(transaction, 'team.invitation_withdrawn', team, change, { invited });
  });
}
