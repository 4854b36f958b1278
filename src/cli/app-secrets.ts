/** The secrets of an application: `latchkey app secrets` and `latchkey app rotate-secret`. */
import type { Command } from 'commander';
import { addSecret } from '../applications/secrets/add-secret.js';
import { describeUse } from '../applications/secrets/describe-use.js';
import { listSecrets } from '../applications/secrets/list-secrets.js';
import { retireSecret } from '../applications/secrets/retire-secret.js';
import { rotateSecret } from '../applications/secrets/rotate-secret.js';
import { expiryAfter } from '../secrets/lifetimes.js';
import { getApplication } from './get-application.js';
import { printFacts, printJson, printLine, printTable } from './print.js';
import type { ReadConfig } from './read-config.js';
import { UsageError } from './run-program.js';
import { withDatabase } from './with-database.js';

function readNumber(option: string, unit: string, value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw new UsageError(`${option} must be a whole number of ${unit}.`);
  return Number(value);
}

function printSecret(clientId: string, secret: string, json: boolean | undefined): void {
  const shown = { client_id: clientId, client_secret: secret };
  if (json) printJson(shown);
  else printFacts(shown);
}

interface RotateOptions {
  overlap: string;
  json?: boolean;
}

async function rotate(readConfig: ReadConfig, clientId: string, options: RotateOptions): Promise<void> {
  const overlap = readNumber('--overlap', 'seconds', options.overlap);
  const secret = await withDatabase(readConfig(), async ({ knex }) => {
    const { id } = await getApplication(knex, clientId);
    return rotateSecret(knex, id, { overlap, by: {}, at: new Date() });
  });
  printSecret(clientId, secret, options.json);
  if (options.json) return;
  printLine(
    overlap ? `The old secrets work for ${overlap} more seconds.` : 'The old secrets no longer work.',
  );
}

async function list(readConfig: ReadConfig, clientId: string, { json }: { json?: boolean }): Promise<void> {
  const at = new Date();
  const secrets = await withDatabase(readConfig(), async ({ knex }) =>
    listSecrets(knex, (await getApplication(knex, clientId)).id, at),
  );
  if (json)
    return printJson(
      secrets.map((secret) => ({
        id: secret.id,
        name: secret.name,
        hint: secret.hint,
        created_at: secret.createdAt,
        created_by: secret.createdBy,
        expires_at: secret.expiresAt,
        last_used_at: secret.lastUsedAt,
        last_network: secret.lastNetwork,
      })),
    );
  printTable(
    ['ID', 'NAME', 'ENDS IN', 'EXPIRES', 'USE'],
    secrets.map((secret) => [
      String(secret.id),
      secret.name,
      secret.hint,
      secret.expiresAt?.toISOString() ?? 'never',
      describeUse(secret, at).sentence,
    ]),
  );
}

interface AddOptions {
  name?: string;
  days?: string;
  json?: boolean;
}

async function add(readConfig: ReadConfig, clientId: string, options: AddOptions): Promise<void> {
  const days = options.days === undefined ? null : readNumber('--days', 'days', options.days);
  const at = new Date();
  const expiresAt = expiryAfter(days, at);
  const secret = await withDatabase(readConfig(), async ({ knex }) => {
    const { id } = await getApplication(knex, clientId);
    return addSecret(knex, id, { name: options.name ?? '', expiresAt, by: {}, at });
  });
  printSecret(clientId, secret, options.json);
  if (!options.json) printLine('It is stored only as a hash: it is shown now and never again.');
}

async function retire(
  readConfig: ReadConfig,
  clientId: string,
  secretId: string,
  options: { grace: string },
): Promise<void> {
  const grace = readNumber('--grace', 'seconds', options.grace);
  const id = readNumber('The id of the secret', 'digits', secretId);
  await withDatabase(readConfig(), async ({ knex }) => {
    const application = await getApplication(knex, clientId);
    return retireSecret(knex, application.id, id, { grace, by: {}, at: new Date() });
  });
  printLine(grace ? `The secret works for ${grace} more seconds.` : 'The secret no longer works.');
}

export function addSecretCommands(app: Command, readConfig: ReadConfig): void {
  app
    .command('rotate-secret')
    .description('Give an application one new secret in the place of all it has.')
    .argument('<client-id>')
    .option('--overlap <seconds>', 'how long the old secrets go on working', '0')
    .option('--json', 'print JSON')
    .action((clientId: string, options: RotateOptions) => rotate(readConfig, clientId, options));

  const secrets = app.command('secrets').description('The secrets of an application, one by one.');
  secrets
    .command('list')
    .description('List the secrets, by their last letters, and when each was last used.')
    .argument('<client-id>')
    .option('--json', 'print JSON')
    .action((clientId: string, options: { json?: boolean }) => list(readConfig, clientId, options));

  secrets
    .command('add')
    .description('Make one more secret and print it; those there are go on working.')
    .argument('<client-id>')
    .option('--name <name>', 'what uses it')
    .option('--days <days>', 'when it expires; never unless given')
    .option('--json', 'print JSON')
    .action((clientId: string, options: AddOptions) => add(readConfig, clientId, options));

  secrets
    .command('retire')
    .description('Stop a secret from working; the last one stays.')
    .argument('<client-id>')
    .argument('<secret-id>', 'as `app secrets list` shows it')
    .option('--grace <seconds>', 'how long it goes on working', '0')
    .action((clientId: string, secretId: string, options: { grace: string }) =>
      retire(readConfig, clientId, secretId, options),
    );
}
