import { type Command, Option } from 'commander';
import type { Config } from '../config/config.js';
import { readSecretKey } from '../config/secret-key.js';
import {
  KEYS_ARE_READ_EVERY,
  PUBLIC_KEYS_ARE_FRESH_FOR,
  phaseOf,
  retireKey,
  rotateKeys,
} from '../engine/keys/key-rotation.js';
import { ALGORITHMS, type Algorithm, listKeys } from '../engine/keys/signing-keys.js';
import { deriveKey } from '../secrets/derive-key.js';
import { printJson, printLine, printTable } from './print.js';
import type { ReadConfig } from './read-config.js';
import { UsageError } from './run-program.js';
import { withDatabase } from './with-database.js';

// Seconds: what keeps public keys for longer than a day asks again when it meets one that it does not know.
const ANNOUNCED_FOR = 86_400;

async function readSealingKey(config: Config): Promise<Buffer> {
  const secretKey = await readSecretKey(config, (line) => process.stderr.write(`${line}\n`));
  return deriveKey(secretKey, 'signing keys');
}

async function list(readConfig: ReadConfig, { json }: { json?: boolean }): Promise<void> {
  const keys = await withDatabase(readConfig(), ({ knex }) => listKeys(knex));
  const now = new Date();
  const phase = new Map(keys.map((key) => [key.kid, phaseOf(key, keys, now)]));
  if (json) {
    return printJson(
      keys.map(({ kid, alg, createdAt, activatesAt, expiresAt }) => ({
        kid,
        alg,
        state: phase.get(kid),
        created_at: createdAt,
        activates_at: activatesAt,
        leaves_at: expiresAt,
      })),
    );
  }
  printTable(
    ['KID', 'ALG', 'STATE', 'SIGNS FROM', 'LEAVES'],
    keys.map(({ kid, alg, activatesAt, expiresAt }) => [
      kid,
      alg,
      phase.get(kid) ?? '',
      activatesAt.toISOString(),
      expiresAt?.toISOString() ?? '',
    ]),
  );
}

interface RotateOptions {
  alg?: Algorithm;
  announceFor: string;
  json?: boolean;
}

async function rotate(readConfig: ReadConfig, options: RotateOptions): Promise<void> {
  if (!/^\d{1,8}$/.test(options.announceFor))
    throw new UsageError('--announce-for must be a whole number of seconds.');
  const announceFor = Number(options.announceFor);
  const config = readConfig();
  const secret = await readSealingKey(config);
  const rotated = await withDatabase(config, (database) =>
    rotateKeys(database, secret, {
      algorithms: options.alg ? [options.alg] : ALGORITHMS,
      announceFor,
      lifetimes: config.lifetimes,
      at: new Date(),
    }),
  );
  if (announceFor < PUBLIC_KEYS_ARE_FRESH_FOR + KEYS_ARE_READ_EVERY / 1_000) {
    process.stderr.write(
      `Whoever keeps the public keys may not have seen the new ones by then: they may be kept for ${PUBLIC_KEYS_ARE_FRESH_FOR} seconds.\n`,
    );
  }
  if (options.json) {
    return printJson(
      rotated.map(({ alg, kid, activatesAt, oldLeavesAt }) => ({
        alg,
        kid,
        activates_at: activatesAt,
        old_leaves_at: oldLeavesAt,
      })),
    );
  }
  for (const { alg, kid, activatesAt, oldLeavesAt } of rotated) {
    printLine(
      `${alg}: ${kid} signs from ${activatesAt.toISOString()} on; the one before leaves at ${oldLeavesAt.toISOString()}.`,
    );
  }
}

async function retire(readConfig: ReadConfig, kid: string): Promise<void> {
  const { alg } = await withDatabase(readConfig(), (database) => retireKey(database, kid, new Date()));
  printLine(
    `Took out the ${alg} key ${kid}. Every node has done so within ${KEYS_ARE_READ_EVERY / 1_000} seconds; others may keep it for ${PUBLIC_KEYS_ARE_FRESH_FOR} more.`,
  );
}

export function addKeyCommands(program: Command, readConfig: ReadConfig): void {
  const keys = program.command('keys').description('The keys that sign ID tokens and JWT access tokens.');

  keys
    .command('list')
    .description('List the keys, which of them sign, and when those that do no longer leave.')
    .option('--json', 'print JSON')
    .action((options: { json?: boolean }) => list(readConfig, options));

  keys
    .command('rotate')
    .description('Put new keys in the place of those that sign. Servers that run take them up by themselves.')
    .addOption(new Option('--alg <alg>', 'only those of one algorithm').choices(ALGORITHMS))
    .option(
      '--announce-for <seconds>',
      'how long the new keys are shown before they sign',
      String(ANNOUNCED_FOR),
    )
    .option('--json', 'print JSON')
    .action((options: RotateOptions) => rotate(readConfig, options));

  keys
    .command('retire')
    .description('Take a key out at once, because somebody may have got hold of it.')
    .argument('<kid>')
    .action((kid: string) => retire(readConfig, kid));
}
