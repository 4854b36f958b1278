/** Whose an application is, as the file names it and as a difference shows it. */
import { findAccount } from '../../accounts/find-account.js';
import { findAccountByUsername } from '../../accounts/store.js';
import type { Db } from '../../database/database.js';
import type { Application } from '../application.js';
import { findTeam, findTeamOfApplication, selectTeamsNamed } from '../teams/store.js';
import type { Team } from '../teams/team.js';
import type { NewOwner } from '../teams/transfer-application.js';
import type { WantedApplication } from './read-applications.js';

export interface WantedOwner {
  to: NewOwner;
  /** As describeOwner has it. */
  label: string;
}

/** With its id, since names are not unique. */
const labelOf = ({ id, name }: Team): string => `team ${id} (${name})`;

/** null: nobody's. */
export async function describeOwner(
  db: Db,
  { id, ownerId }: Pick<Application, 'id' | 'ownerId'>,
): Promise<string | null> {
  if (ownerId !== null) return (await findAccount(db, ownerId))?.username ?? null;
  const team = await findTeamOfApplication(db, id);
  return team ? labelOf(team) : null;
}

/** @returns the owner, undefined where the file names none; or what is wrong with the one it names */
export async function findWantedOwner(
  db: Db,
  { owner, team }: Pick<WantedApplication, 'owner' | 'team'>,
): Promise<{ owner?: WantedOwner; problem?: string }> {
  if (owner !== undefined && team !== undefined)
    return { problem: 'an application has an owner or a team, and not both.' };
  if (owner !== undefined) {
    const account = await findAccountByUsername(db, owner);
    if (!account) return { problem: `there is no user ${JSON.stringify(owner)}.` };
    return { owner: { to: { accountId: account.id }, label: account.username } };
  }
  if (team === undefined) return {};
  const named = typeof team === 'number' ? await findTeam(db, team) : await selectTeamsNamed(db, team);
  const [found, ...others] = named ? [named].flat() : [];
  if (others.length && found) {
    const ids = [found, ...others].map(({ id }) => id).join(', ');
    return { problem: `several teams are called ${JSON.stringify(team)}: name one by its id, of ${ids}.` };
  }
  if (found) return { owner: { to: { teamId: found.id }, label: labelOf(found) } };
  return {
    problem: `there is no team ${typeof team === 'number' ? `with the id ${team}` : JSON.stringify(team)}.`,
  };
}
