/** `latchkey team`: teams, which own applications. */
import { type Command, Option } from 'commander';
import { getAccount } from '../accounts/find-account.js';
import { makeTeam, removeTeam, renameTeam } from '../applications/teams/manage-team.js';
import { addMember, removeMember, setRole } from '../applications/teams/members.js';
import { findTeam, selectAllTeams, selectMembers } from '../applications/teams/store.js';
import { ROLES, type Role, type Team } from '../applications/teams/team.js';
import type { Db } from '../database/database.js';
import { AppError } from '../http/errors.js';
import { findId } from '../http/row-id.js';
import { printFacts, printJson, printLine, printTable } from './print.js';
import type { ReadConfig } from './read-config.js';
import { withDatabase } from './with-database.js';

const MOST_LISTED = 100_000;

/** By its id: names are not unique. @throws AppError 404 */
export async function getTeam(db: Db, typed: string): Promise<Team> {
  const id = findId(typed);
  const team = id === undefined ? undefined : await findTeam(db, id);
  if (team) return team;
  throw new AppError(404, 'team_not_found', `There is no team with the id ${JSON.stringify(typed)}.`);
}

const byCommandLine = () => ({ by: {}, at: new Date() });

async function list(readConfig: ReadConfig, { json }: { json?: boolean }): Promise<void> {
  const teams = await withDatabase(readConfig(), ({ knex }) => selectAllTeams(knex, MOST_LISTED));
  if (json) return printJson(teams.map(({ createdAt, ...team }) => ({ ...team, created_at: createdAt })));
  printTable(
    ['ID', 'TEAM', 'MEMBERS'],
    teams.map(({ id, name, members }) => [String(id), name, String(members)]),
  );
}

async function show(readConfig: ReadConfig, typed: string): Promise<void> {
  const { team, members } = await withDatabase(readConfig(), async ({ knex }) => {
    const found = await getTeam(knex, typed);
    return { team: found, members: await selectMembers(knex, found.id) };
  });
  printFacts({ id: String(team.id), name: team.name });
  printTable(
    ['USERNAME', 'ROLE'],
    members.map(({ username, role }) => [username, role]),
  );
}

export function addTeamCommands(program: Command, readConfig: ReadConfig): void {
  const team = program
    .command('team')
    .description('Teams, which own applications in the place of one person.');

  team
    .command('list')
    .description('List all teams.')
    .option('--json', 'print JSON')
    .action((options: { json?: boolean }) => list(readConfig, options));

  team
    .command('show')
    .description('Show who is in a team.')
    .argument('<team-id>')
    .action((typed: string) => show(readConfig, typed));

  team
    .command('create')
    .description('Make a team and print its id.')
    .requiredOption('--name <name>', 'what its members and the consent page call it')
    .requiredOption('--owner <username>', 'who manages it')
    .action(async ({ name, owner }: { name: string; owner: string }) => {
      const id = await withDatabase(readConfig(), async ({ knex }) =>
        makeTeam(knex, name, (await getAccount(knex, owner)).id, byCommandLine()),
      );
      printFacts({ team_id: String(id) });
    });

  team
    .command('rename')
    .description('Give a team another name.')
    .argument('<team-id>')
    .argument('<new-name>')
    .action(async (typed: string, name: string) => {
      await withDatabase(readConfig(), async ({ knex }) =>
        renameTeam(knex, (await getTeam(knex, typed)).id, name, byCommandLine()),
      );
      printLine(`The team is now ${name}.`);
    });

  team
    .command('delete')
    .description('Delete a team that owns no applications.')
    .argument('<team-id>')
    .action(async (typed: string) => {
      await withDatabase(readConfig(), async ({ knex }) =>
        removeTeam(knex, (await getTeam(knex, typed)).id, byCommandLine()),
      );
      printLine('Deleted the team.');
    });

  team
    .command('add')
    .description('Put a user into a team, or give them another role in it.')
    .argument('<team-id>')
    .argument('<username>')
    .addOption(new Option('--role <role>', 'owners manage the members, too').choices(ROLES).default('member'))
    .action(async (typed: string, username: string, { role }: { role: Role }) => {
      await withDatabase(readConfig(), async ({ knex }) => {
        const { id } = await getTeam(knex, typed);
        const { id: accountId } = await getAccount(knex, username);
        const change = { role, ...byCommandLine() };
        if (!(await addMember(knex, id, accountId, change))) await setRole(knex, id, accountId, change);
      });
      printLine(`${username} is in the team, as ${role === 'owner' ? 'an owner' : 'a member'}.`);
    });

  team
    .command('remove')
    .description('Take a user out of a team; its last owner stays.')
    .argument('<team-id>')
    .argument('<username>')
    .action(async (typed: string, username: string) => {
      await withDatabase(readConfig(), async ({ knex }) => {
        const { id: accountId } = await getAccount(knex, username);
        await removeMember(knex, (await getTeam(knex, typed)).id, accountId, byCommandLine());
      });
      printLine(`${username} is no longer in the team.`);
    });
}
