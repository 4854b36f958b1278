/**
 * R-37. A good configuration with one mistake in it, a hundred times and more: as a .env file or in the environment, the
 * server refuses to start, by the name of what is wrong, without showing a value, and never goes on with a default.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type Variable, variables } from '../../../src/config/variables.js';
import { startCommand } from '../../support/command.js';
import type { Experiment, Figure, Rig } from '../experiment.js';
import { percentile } from '../rig/load.js';
import { SECRET_KEY } from '../rig/server-node.js';

const CANARY = 'canary-4f1b';

interface Mutation {
  what: string;
  /** Changes to the good configuration, which is in the environment. */
  environment?: Record<string, string>;
  /** The whole of .env; what it has of the good configuration is not in the environment. */
  envFile?: string;
  /** What the message has to name. */
  names: RegExp;
}

// Every variable refuses some of them.
const WRONG_VALUES = [
  CANARY,
  '-1',
  '0',
  '1.5',
  `["${CANARY}"`,
  `${CANARY}://x`,
  '315360001',
  'javascript',
  '10.0.0.0/33',
];
const PER_VARIABLE = 3;

// Milliseconds after which a server that has not refused is stopped.
const PATIENCE = 8_000;

function isRefused({ parse }: Variable<unknown>, value: string): boolean {
  try {
    parse(value);
    return false;
  } catch {
    return true;
  }
}

function wrongValues(): Mutation[] {
  return Object.entries(variables).flatMap(([name, variable]) =>
    WRONG_VALUES.filter((value) => isRefused(variable, value))
      .slice(0, PER_VARIABLE)
      .map((value) => ({
        what: `${name}=${value}`,
        environment: { [name]: value },
        names: new RegExp(`\\b${name} must `),
      })),
  );
}

/** One letter left out of every name: nobody meant a variable of that name. */
function misspeltNames(): Mutation[] {
  return Object.keys(variables).map((name) => {
    const typed = name.slice(0, 2) + name.slice(3);
    return {
      what: `${typed} for ${name}`,
      // The right one is missing then, also where the good configuration has it.
      environment: { [name]: '', [typed]: CANARY },
      names: new RegExp(`\\b${typed} must be written ${name}\\b`),
    };
  });
}

function brokenFiles(good: Record<string, string>): Mutation[] {
  const lines = Object.entries(good).map(([name, value]) => `${name}="${value}"`);
  const text = `${lines.join('\n')}\n`;
  const without = (name: string) => `${lines.filter((line) => !line.startsWith(`${name}=`)).join('\n')}\n`;
  return [
    ...Object.entries(good).map(([name, value]) => ({
      what: `.env cut off within ${name}`,
      envFile: `${without(name)}${name}="${value.slice(0, 5)}`,
      names: new RegExp(`\\b${name}\\b`),
    })),
    ...Object.entries(good).map(([name, value]) => ({
      what: `.env with ${name} twice`,
      envFile: `${text}${name}="${value}"\n`,
      names: new RegExp(`\\b${name} must be set once\\b`),
    })),
    {
      what: '.env with a quote that is not closed',
      envFile: text.replace('"\n', '\n'),
      names: /must end with the quote/,
    },
    { what: '.env with a colon', envFile: `${text}LOG_LEVEL: ${CANARY}\n`, names: /Line \d+ of \.env/ },
    { what: '.env cut off within a name', envFile: `${text}ACCESS_TOKEN_EXP`, names: /Line \d+ of \.env/ },
    { what: '.env with a byte order mark', envFile: `\uFEFF${text}`, names: /Line 1 of \.env/ },
    {
      what: '.env in UTF-16',
      envFile: Buffer.from(text, 'utf16le').toString('latin1'),
      names: /Line 1 of \.env/,
    },
    { what: '.env of another program', envFile: `{"PORT": "${CANARY}"}\n`, names: /Line 1 of \.env/ },
    { what: '.env without the secret key', envFile: without('SECRET_KEY'), names: /SECRET_KEY must be set/ },
    {
      what: '.env with a misspelt name',
      envFile: `${text}SIGN_UP=closed\n`,
      names: /SIGN_UP must be written SIGNUP/,
    },
  ];
}

/** What only a look at the machine or the database tells. */
function wrongSurroundings(rig: Rig, databaseUrl: string, takenPort: number): Mutation[] {
  const change = (part: Partial<URL>) => Object.assign(new URL(databaseUrl), part).href;
  const inDatabase = (what: string, url: string, names = /DATABASE_URL/): Mutation => ({
    what,
    environment: { DATABASE_URL: url },
    names,
  });
  const withoutDatabase = (DATA_DIR: string): Mutation => ({
    what: `DATA_DIR=${DATA_DIR}`,
    environment: { DATABASE_URL: '', SECRET_KEY: '', DATA_DIR },
    names: /DATA_DIR must /,
  });
  return [
    inDatabase('a wrong password', change({ password: CANARY })),
    inDatabase('a wrong user', change({ username: 'nobody', password: CANARY })),
    inDatabase('a wrong database', change({ pathname: '/no_such_database' })),
    inDatabase('no database', change({ pathname: '' })),
    inDatabase('a port that is none', databaseUrl.replace(/:\d+\//, ':99999/')),
    inDatabase('an sslmode that is none', `${databaseUrl}?sslmode=requir`),
    inDatabase('TLS where there is none', `${databaseUrl}?sslmode=require`),
    inDatabase(
      'a certificate that is not there',
      `${databaseUrl}?sslmode=verify-full&sslrootcert=/no/such/file`,
    ),
    inDatabase('MySQL', databaseUrl.replace('postgres:', 'mysql:')),
    { what: 'a short key', environment: { SECRET_KEY: CANARY }, names: /SECRET_KEY must have at least 32/ },
    { what: 'no key', environment: { SECRET_KEY: ' ' }, names: /SECRET_KEY must be set/ },
    { what: 'a host of another machine', environment: { HOST: '203.0.113.1' }, names: /HOST must/ },
    { what: 'a host that is none', environment: { HOST: '256.1.1.1' }, names: /HOST must/ },
    { what: 'a port that is taken', environment: { PORT: String(takenPort) }, names: /PORT/ },
    ...[
      'http://id.example.com',
      'http://8.8.8.8:8000',
      `https://id.example.com/${CANARY}`,
      `https://${CANARY}@id.example.com`,
      `https://id.example.com?${CANARY}`,
      'id.example.com',
    ].map((ISSUER) => ({ what: `ISSUER=${ISSUER}`, environment: { ISSUER }, names: /ISSUER must/ })),
    {
      what: 'default scopes that are none',
      environment: { DEFAULT_SCOPES: CANARY },
      names: /DEFAULT_SCOPES must/,
    },
    withoutDatabase('/proc/latchkey'),
    withoutDatabase('/dev/null'),
    withoutDatabase(join(rig.folder, 'x'.repeat(300))),
  ];
}

interface Attempt {
  mutation: Mutation;
  seconds: number;
  /** What it did other than refusing as it should. */
  faults: string[];
}

async function start(folder: string, good: Record<string, string>, mutation: Mutation): Promise<Attempt> {
  const { environment = {}, envFile, names } = mutation;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, '.env'), envFile ?? '', {
    mode: 0o600,
    encoding: mutation.what.includes('UTF-16') ? 'latin1' : 'utf8',
  });
  const begun = performance.now();
  const given = envFile === undefined ? { ...good, ...environment } : { LOG_LEVEL: 'info' };
  const running = startCommand(['serve'], { cwd: folder, environment: given });
  const timer = setTimeout(() => running.process.kill('SIGKILL'), PATIENCE);
  const { code, stdout, stderr } = await running.ended;
  clearTimeout(timer);
  const seconds = (performance.now() - begun) / 1_000;
  const said = stdout + stderr;
  const faults = [
    code === 0 || code === null ? 'did not exit' : '',
    names.test(said) ? '' : `does not name ${names}`,
    [CANARY, SECRET_KEY, 'only for this run'].some((secret) => said.includes(secret)) ? 'shows a value' : '',
    said.includes('"msg":"ready"') ? 'served' : '',
    /\n +at /.test(said) ? 'shows a stack' : '',
  ].filter(Boolean);
  return {
    mutation,
    seconds,
    faults: faults.map((fault) => `${mutation.what}: ${fault}\n${said.slice(0, 600)}`),
  };
}

async function run(rig: Rig): Promise<Figure[]> {
  const postgres = await rig.startPostgres();
  const taken = createServer().listen(0, '127.0.0.1');
  rig.atEnd(() => void taken.close());
  await new Promise((resolve) => taken.once('listening', resolve));
  const address = taken.address();
  const takenPort = typeof address === 'object' && address ? address.port : 0;
  const good = { DATABASE_URL: postgres.url(), SECRET_KEY, PORT: '0', HOST: '127.0.0.1' };
  const mutations = [
    ...wrongValues(),
    ...misspeltNames(),
    ...brokenFiles(good),
    ...wrongSurroundings(rig, postgres.url(), takenPort),
  ];
  rig.log(`${mutations.length} configurations with a mistake`);
  const attempts: Attempt[] = [];
  for (const [index, mutation] of mutations.entries()) {
    if (rig.signal.aborted) break;
    const attempt = await start(join(rig.folder, `start-${index}`), good, mutation);
    attempts.push(attempt);
    for (const fault of attempt.faults) rig.log(fault);
  }
  const seconds = attempts.map((attempt) => attempt.seconds);
  return [
    { what: 'configurations with a mistake', value: attempts.length, bar: { atLeast: 100 } },
    {
      what: 'not refused as they should be',
      value: attempts.filter(({ faults }) => faults.length).length,
      bar: { is: 0 },
    },
    { what: 'longest time to the exit', value: Math.max(...seconds), unit: 's', bar: { atMost: 2 } },
    { what: 'median time to the exit', value: percentile(seconds, 0.5), unit: 's' },
  ];
}

export const experiment: Experiment = {
  name: 'broken-configurations',
  title: 'a configuration with a mistake is refused at once, by name, and never served with defaults (R-37)',
  run,
};
