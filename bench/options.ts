import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { OPERATIONS, type OperationName } from './target.js';

export const RIVALS = ['bare', 'dot'] as const;
export type RivalName = (typeof RIVALS)[number];

export interface Options {
  operations: OperationName[];
  rivals: RivalName[];
  /** Of one slice. */
  seconds: number;
  connections: number;
  rounds: number;
  /** Rows in the tables beforehand. */
  tokens: number;
  /** Of a second server of ours, measured beside the first, that is like it but for these. */
  besideTokens?: number;
  besideWorkers?: number;
  expired: number;
  /** What sign-ins ask for; with `openid` each answer of a sign-in or refresh has an ID token. */
  scope: string;
  /** Processes of our server. */
  workers: number;
  /** As taskset has it: those that the servers and PostgreSQL may run on, in the place of all but the last. */
  serverCores?: string;
  logLevel: string;
  python: string;
  /** Folder of another build of our server. */
  before?: string;
  /** Measures nothing but how long a start takes. */
  start?: boolean;
  /** File for the figures as JSON. */
  json?: string;
  /** Folder for V8 profiles of the servers. */
  profile?: string;
}

function wholeNumber(least: number, most: number) {
  return (value: string): number => {
    const number = Number(value);
    if (/^\d+$/.test(value) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

function namesAmong<const Name extends string>(known: readonly Name[]) {
  return (value: string): Name[] => {
    const names = value.split(',').filter(Boolean);
    const unknown = names.filter((name) => !known.some((each) => each === name));
    if (unknown.length)
      throw new InvalidArgumentError(`${unknown.join(', ')} is not among ${known.join(', ')}.`);
    return known.filter((name) => names.includes(name));
  };
}

/** Ends the process when they cannot be understood, with code 2. */
export function parseOptions(args: string[]): Options {
  const most = 10_000_000;
  return new Command('npm run bench --')
    .description('Measures this server beside its rivals: CPU per operation, rate, latency and memory.')
    .option('--operations <names>', `among ${OPERATIONS.join(',')}`, namesAmong(OPERATIONS), [...OPERATIONS])
    .option(
      '--rivals <names>',
      'bare (the engine, in memory), dot (Django OAuth Toolkit)',
      namesAmong(RIVALS),
      [...RIVALS],
    )
    .option('--seconds <number>', 'length of a slice', wholeNumber(1, 3600), 3)
    .option('--rounds <number>', 'slices of each server for each operation, in turn', wholeNumber(1, 1000), 5)
    .option('--connections <number>', 'kept alive, each with one request at a time', wholeNumber(1, 200), 8)
    .option(
      '--tokens <number>',
      'live sign-ins (grant, access and refresh token) beforehand',
      wholeNumber(0, most),
      10_000,
    )
    .option(
      '--beside-tokens <number>',
      'a second server of ours, with so many of them, measured beside the first',
      wholeNumber(0, most),
    )
    .option(
      '--beside-workers <number>',
      'a second server of ours, with so many processes, measured beside the first',
      wholeNumber(1, 64),
    )
    .option('--server-cores <list>', 'cores of the servers and of PostgreSQL, such as 0-1; all but the last')
    .option('--scope <scope>', 'of sign-ins: read, or with an ID token "openid read"', 'read')
    .option('--expired <number>', 'expired tokens beforehand', wholeNumber(0, most), 0)
    .option('--workers <number>', 'WEB_CONCURRENCY of our server', wholeNumber(1, 64), 1)
    .option('--log-level <level>', 'LOG_LEVEL of our server; its log goes to a file', 'info')
    .option('--python <path>', 'a Python that has django-oauth-toolkit, gunicorn and psycopg2', 'python3')
    .option(
      '--before <folder>',
      'a clone with another build of our server, measured beside this one',
      (path) => resolve(path),
    )
    .option('--start', 'measure how long a start takes, and nothing else')
    .option('--json <file>', 'write all figures there as well')
    .option(
      '--profile <folder>',
      'write a V8 CPU profile of each Node.js server there (slows them down)',
      (path) => resolve(path),
    )
    .exitOverride(({ exitCode }) => process.exit(exitCode && 2))
    .parse(args, { from: 'user' })
    .opts<Options>();
}
