/** the tests of npm test, with a pgbouncer in transaction mode between the server and its database. */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Experiment, Figure, Rig } from '../experiment.js';
import { findPgBouncer, startPgBouncer } from '../rig/pgbouncer.js';

const PROJECT = fileURLToPath(new URL('../../../..', import.meta.url));

// Those whose statements are the most and the oddest; --rounds 2 runs every folder there is.
const FOLDERS = ['grants', 'secrets', 'audit'];
const listFolders = (): string[] =>
  readdirSync(join(PROJECT, 'dist', 'test'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .filter((name) =>
      readdirSync(join(PROJECT, 'dist', 'test', name)).some((file) => /\.test\.js$/.test(file)),
    );

interface JestResult {
  numTotalTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numFailedTestSuites: number;
  testResults: { name: string; assertionResults: { status: string; fullName: string }[] }[];
}

function runJest(rig: Rig, folders: string[], environment: Record<string, string>): Promise<JestResult> {
  const args = [
    '--experimental-vm-modules',
    '--no-warnings',
    'node_modules/jest/bin/jest.js',
    '--json',
    '--silent',
  ];
  const child = spawn(process.execPath, [...args, ...folders.map((folder) => `dist/test/${folder}/`)], {
    cwd: PROJECT,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  rig.atEnd(() => void child.kill('SIGKILL'));
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  return new Promise((resolve, reject) => {
    child.on('close', () => {
      try {
        resolve(JSON.parse(output.slice(output.indexOf('{'))) as JestResult);
      } catch {
        reject(new Error(`Jest gave no result: ${output.slice(-500)}`));
      }
    });
  });
}

export const experiment: Experiment = {
  name: 'pgbouncer-tests',
  title: 'The tests pass through pgbouncer in transaction mode (R-20)',
  limit: ({ rounds }) => (rounds ? 30 : 6),
  findObstacle: async () =>
    findPgBouncer() ? undefined : 'pgbouncer is not installed (apt-get install pgbouncer)',

  async run(rig): Promise<Figure[]> {
    const postgres = await rig.startPostgres({ settings: { max_connections: 300, fsync: 'off' } });
    const pgbouncer = await startPgBouncer(rig, postgres);
    const result = await runJest(rig, rig.options.rounds ? listFolders() : FOLDERS, {
      LATCHKEY_TEST_POSTGRES: postgres.url('postgres'),
      LATCHKEY_TEST_PGBOUNCER_PORT: String(pgbouncer.port),
    });
    for (const { assertionResults } of result.testResults)
      for (const { status, fullName } of assertionResults)
        if (status === 'failed') rig.log(`failed: ${fullName}`);
    return [
      { what: 'test files', value: result.testResults.length },
      { what: 'tests', value: result.numTotalTests },
      { what: 'tests skipped, for want of a program', value: result.numPendingTests },
      {
        what: 'transactions that went through pgbouncer',
        value: await pgbouncer.countTransactions(),
        bar: { atLeast: 1_000 },
      },
      { what: 'tests failed', value: result.numFailedTests, bar: { is: 0 } },
      { what: 'files failed', value: result.numFailedTestSuites, bar: { is: 0 } },
    ];
  },
};
