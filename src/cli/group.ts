import type { Command } from 'commander';
import { addToGroup, removeFromGroup } from '../accounts/groups.js';
import {
  createGroup,
  deleteGroup,
  getGroupByName,
  listGroups,
  MOST_COUNTED,
  renameGroup,
} from '../accounts/manage-groups.js';
import { setFactorRequired } from '../accounts/require-factor.js';
import { printJson, printLine, printTable } from './print.js';
import type { ReadConfig } from './read-config.js';
import { withDatabase } from './with-database.js';

export function addGroupCommands(program: Command, readConfig: ReadConfig): void {
  const group = program
    .command('group')
    .description('Groups, which applications see with the scope groups, and who is in them.');

  group
    .command('list')
    .description('List the groups and how many are in each.')
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const groups = await withDatabase(readConfig(), ({ knex }) => listGroups(knex));
      if (json)
        return printJson(
          groups.map(({ requiresFactor, ...group }) => ({ ...group, requires_factor: requiresFactor })),
        );
      const count = (members: number) => `${members}${members === MOST_COUNTED ? ' or more' : ''}`;
      printTable(
        ['GROUP', 'MEMBERS'],
        groups.map(({ name, members }) => [name, count(members)]),
      );
    });

  group
    .command('create')
    .description('Make a group with nobody in it.')
    .argument('<group>')
    .action(async (name: string) => {
      const made = await withDatabase(readConfig(), ({ knex }) => createGroup(knex, name));
      printLine(`Made the group ${made.name}.`);
    });

  group
    .command('rename')
    .description('Give a group another name, which is what applications see.')
    .argument('<group>')
    .argument('<new-name>')
    .action(async (name: string, newName: string) => {
      const renamed = await withDatabase(readConfig(), async ({ knex }) =>
        renameGroup(knex, (await getGroupByName(knex, name)).id, newName),
      );
      printLine(`${name} is now ${renamed.name}.`);
    });

  group
    .command('delete')
    .description('Delete a group; those in it stay who they are.')
    .argument('<group>')
    .action(async (name: string) => {
      await withDatabase(readConfig(), async ({ knex }) =>
        deleteGroup(knex, (await getGroupByName(knex, name)).id),
      );
      printLine(`Deleted the group ${name}.`);
    });

  group
    .command('add')
    .description('Put a user into a group, which is made when it is new.')
    .argument('<group>')
    .argument('<username>')
    .action(async (name: string, username: string) => {
      const isNew = await withDatabase(readConfig(), ({ knex }) => addToGroup(knex, username, name));
      printLine(`${username} is ${isNew ? 'now' : 'already'} in the group ${name}.`);
    });

  group
    .command('remove')
    .description('Take a user out of a group.')
    .argument('<group>')
    .argument('<username>')
    .action(async (name: string, username: string) => {
      const wasIn = await withDatabase(readConfig(), ({ knex }) => removeFromGroup(knex, username, name));
      printLine(`${username} ${wasIn ? 'is no longer' : 'was not'} in the group ${name}.`);
    });

  group
    .command('require-factor')
    .description('Let nobody of a group sign in without a second factor; those who have none set one up.')
    .argument('<group>')
    .option('--off', 'ask for it no longer')
    .action(async (name: string, { off = false }: { off?: boolean }) => {
      const isNew = await withDatabase(readConfig(), async ({ knex }) => {
        const { id } = await getGroupByName(knex, name);
        return setFactorRequired(knex, id, !off);
      });
      const state = off ? 'need no second factor' : 'need a second factor';
      printLine(`Members of ${name} ${state}${isNew ? '' : ', as before'}.`);
    });
}
