import type { Command } from 'commander';
import { addToGroup, removeFromGroup, setFactorRequired } from '../accounts/groups.js';
import { printLine } from './print.js';
import type { ReadConfig } from './read-config.js';
import { withDatabase } from './with-database.js';

export function addGroupCommands(program: Command, readConfig: ReadConfig): void {
  const group = program
    .command('group')
    .description('Put users into groups, which applications see with the scope groups.');

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
      const isNew = await withDatabase(readConfig(), ({ knex }) =>
        setFactorRequired(knex, name, !off));
      const state = off ? 'need no second factor' : 'need a second factor';
      printLine(`Members of ${name} ${state}${isNew ? '' : ', as before'}.`);
    });
}
