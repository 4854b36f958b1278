/** Stores the teams of another Latchkey, with those of their members who have come. */
import { type BroughtTeam, bringTeam, hasTeamOfName } from '../applications/teams/bring-teams.js';
import { type Arrival, findPeople, keyAt } from './bring-in.js';
import { findImported, rememberImported } from './imported-records.js';
import { remark } from './report.js';

/**
 * Under a number of its own: nothing outside a server knows a team by its number. One that was brought before is left as it
 * is here, its members as well, and does not come back when it was deleted here.
 * @param team with its id and those of its members at the source
 */
export async function bringOneTeam(
  { db, at, report, sourceKey }: Arrival,
  { id, ...team }: BroughtTeam & { id: number },
): Promise<void> {
  const key = keyAt(sourceKey, id);
  if ((await findImported(db, 'team', [key])).size) {
    report.known.teams++;
    return;
  }
  const { name } = team;
  const ids = team.members.map(({ accountId }) => accountId);
  const personOf = await findPeople({ db, sourceKey }, ids);
  const members = team.members.flatMap((member) => {
    const accountId = personOf(member.accountId);
    return accountId === undefined ? [] : [{ ...member, accountId }];
  });
  const isNameTaken = await hasTeamOfName(db, name);
  const { id: teamId, present } = await bringTeam(db, { ...team, members });
  await rememberImported(db, 'team', [{ key, teamId }], at);
  report.brought.teams++;

  const change = (reason: string, example = name) => remark(report.changed, 'teams', reason, example);
  if (isNameTaken)
    change(
      'came beside another team of the same name: they stay two, and neither gets the members or applications of the other',
    );
  for (const each of ids) {
    if (!present.has(personOf(each) ?? 0))
      change('came without a member who is not here', `${name}: user ${each}`);
  }
  if (!members.some(({ accountId, role }) => role === 'owner' && present.has(accountId)))
    change('came without an owner: give it one with `latchkey team add --role owner`');
}
