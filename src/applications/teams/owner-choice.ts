/** Whose a new application is, or one that is handed over: the person's who asks, or that of a team of theirs. */
import type { Account } from '../../accounts/account.js';
import type { Db } from '../../database/database.js';
import { findId } from '../../http/row-id.js';
import { selectTeamsOf } from './store.js';
import type { TeamOfPerson } from './team.js';
import type { NewOwner } from './transfer-application.js';

/** The options of the field `owned_by`: '' is the person themselves; none where there is nothing to choose. */
export function ownerOptions(teams: TeamOfPerson[]): { value: string; label: string }[] {
  if (!teams.length) return [];
  return [
    { value: '', label: 'Me' },
    ...teams.map(({ id, name }) => ({ value: String(id), label: `The team ${name}` })),
  ];
}

/** @returns undefined for a team that the account is not in */
export async function readOwner(
  db: Db,
  account: Pick<Account, 'id'>,
  value: unknown,
): Promise<NewOwner | undefined> {
  if (value === undefined || value === '') return { accountId: account.id };
  const teamId = findId(value);
  const teams = teamId === undefined ? [] : await selectTeamsOf(db, account.id);
  return teams.some(({ id }) => id === teamId) ? { teamId: teamId! } : undefined;
}
