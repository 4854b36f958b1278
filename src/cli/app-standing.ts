/** Whose an application is, and whether it is served: `latchkey app transfer|disable|enable|approve|refuse`. */
import type { Command } from 'commander';
import { getAccount } from '../accounts/find-account.js';
import type { Application } from '../applications/application.js';
import { approveApplication, refuseApplication } from '../applications/standing/decide.js';
import { setApplicationEnabled } from '../applications/standing/set-application-enabled.js';
import { transferApplication } from '../applications/teams/transfer-application.js';
import { getApplication } from './get-application.js';
import { printLine } from './print.js';
import type { ReadConfig } from './read-config.js';
import { UsageError } from './run-program.js';
import { getTeam } from './team.js';
import { withDatabase } from './with-database.js';
import { type MailingDeps, withMails } from './with-mails.js';

const byCommandLine = () => ({ by: {}, at: new Date() });

interface TransferOptions {
  owner?: string;
  team?: string;
}

async function transfer(
  readConfig: ReadConfig,
  clientId: string,
  { owner, team }: TransferOptions,
): Promise<void> {
  if ((owner === undefined) === (team === undefined)) throw new UsageError('Give either --owner or --team.');
  const name = await withDatabase(readConfig(), async ({ knex }) => {
    const application = await getApplication(knex, clientId);
    const to =
      team === undefined
        ? { accountId: (await getAccount(knex, owner ?? '')).id }
        : { teamId: (await getTeam(knex, team)).id };
    await transferApplication(knex, application.id, to, byCommandLine());
    return application.name;
  });
  printLine(`Handed ${name} over.`);
}

/** Whoever looks after the application is told by mail. */
async function decide(
  readConfig: ReadConfig,
  clientId: string,
  decision: (deps: MailingDeps, application: Application) => Promise<void>,
  done: string,
): Promise<void> {
  const name = await withMails(readConfig(), async (deps) => {
    const application = await getApplication(deps.database.knex, clientId);
    await decision(deps, application);
    return application.name;
  });
  printLine(`${name} ${done}`);
}

export function addStandingCommands(app: Command, readConfig: ReadConfig): void {
  app
    .command('transfer')
    .description('Hand an application over to a person or a team.')
    .argument('<client-id>')
    .option('--owner <username>', 'the person')
    .option('--team <team-id>', 'the team')
    .action((clientId: string, options: TransferOptions) => transfer(readConfig, clientId, options));

  app
    .command('disable')
    .description('Refuse an application everywhere; its tokens stop at once.')
    .argument('<client-id>')
    .requiredOption('--reason <reason>', 'its owner reads it')
    .action((clientId: string, { reason }: { reason: string }) =>
      decide(
        readConfig,
        clientId,
        ({ database, mails }, { id }) =>
          setApplicationEnabled(database.knex, id, { enabled: false, reason, mails, ...byCommandLine() }),
        'is disabled.',
      ),
    );

  app
    .command('enable')
    .description('Serve an application again.')
    .argument('<client-id>')
    .action((clientId: string) =>
      decide(
        readConfig,
        clientId,
        ({ database, mails }, { id }) =>
          setApplicationEnabled(database.knex, id, { enabled: true, mails, ...byCommandLine() }),
        'is enabled.',
      ),
    );

  app
    .command('approve')
    .description('Let an application that waits for approval be served.')
    .argument('<client-id>')
    .action((clientId: string) =>
      decide(
        readConfig,
        clientId,
        ({ database, mails }, { id }) => approveApplication(mails, database.knex, id, byCommandLine()),
        'is approved.',
      ),
    );

  app
    .command('refuse')
    .description('Refuse an application that waits for approval.')
    .argument('<client-id>')
    .requiredOption('--reason <reason>', 'its owner reads it')
    .action((clientId: string, { reason }: { reason: string }) =>
      decide(
        readConfig,
        clientId,
        ({ database, mails }, { id }) =>
          refuseApplication(mails, database.knex, id, { reason, ...byCommandLine() }),
        'is refused.',
      ),
    );
}
