/** the disk under PostgreSQL is full, and then it is not. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { appendFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Experiment, type Figure, Obstacle, type Rig } from '../experiment.js';
import { corruptionFigures } from '../rig/corruption.js';
import { logSamples, startLedgerRun } from '../rig/ledger-run.js';
import { describeOutcomes, type Sample, summarize } from '../rig/load.js';
import { WITHOUT_DATABASE } from '../rig/negatives.js';
import { openNodeClient } from '../rig/node-client.js';
import { pause, waitUntil } from '../rig/pause.js';
import { askAsClient, askForCode, askProfile, exchangeCode, introspect } from '../rig/requests.js';
import { ledgerFigures } from '../rig/verify-ledger.js';

const SIZE = '512m';
const SECONDS = 12;
const MEGABYTE = Buffer.alloc(1_048_576);

async function findObstacle(): Promise<string | undefined> {
  return process.getuid?.() === 0 ? undefined : 'mounting a file system of its own takes root';
}

/** A file system of its own, so that nothing else on the machine gets into trouble. */
async function mountDisk(rig: Rig): Promise<string> {
  const folder = join(rig.folder, 'disk');
  await mkdir(folder, { mode: 0o755 });
  try {
    const options = ['-t', 'tmpfs', '-o', `size=${SIZE},mode=755`, 'latchkey', folder];
    execFileSync('mount', options, { stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (error) {
    // Root of a container may not, as a rule.
    throw new Obstacle(`a file system of its own cannot be mounted here: ${(error as Error).message}`);
  }
  rig.atEnd(() => void execFileSync('umount', ['--lazy', folder]));
  return folder;
}

async function fill(file: string): Promise<void> {
  // To the last byte: first by megabytes, then by pages.
  for (const chunk of [MEGABYTE, MEGABYTE.subarray(0, 4_096)]) {
    for (let isFull = false; !isFull; ) {
      await appendFile(file, chunk).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOSPC') throw error;
        isFull = true;
      });
    }
  }
}

const isFailure = ({ outcome }: Sample) => outcome !== 'ok';
const isRead = ({ action }: Sample) => ['introspect', 'profile'].includes(action);

export const experiment: Experiment = {
  name: 'disk-full',
  title:
    'A full disk stops writes by 503 and no read, and once there is room again nothing is missing (R-15)',
  findObstacle,

  async run(rig): Promise<Figure[]> {
    const disk = await mountDisk(rig);
    const postgres = await rig.startPostgres({ folder: join(disk, 'postgres') });
    const node = await rig.startNode({ name: 'a', databaseUrl: postgres.url() });
    const run = await startLedgerRun(rig, { nodes: [node], databaseUrl: postgres.url(), rate: 100 });
    const http = openNodeClient(node);
    const { app, people } = run.world;
    const tokens = await exchangeCode(http, app, await askForCode(http, app, people[0]!.cookies));
    await pause(3_000);

    const ballast = join(disk, 'ballast');
    const from = performance.now();
    await fill(ballast);
    const isRefused = () =>
      askAsClient(http, app).then(
        () => false,
        () => true,
      );
    const untilRefused = await waitUntil('a write is refused', isRefused, { patience: 30_000 });

    // What only reads, asked all the time the disk is full.
    const reads = { jwks: 0, introspection: 0, profile: 0 };
    const failedReads = { jwks: 0, introspection: 0, profile: 0 };
    const ask = async (name: keyof typeof reads, asked: Promise<boolean>) => {
      reads[name]++;
      if (!(await asked.catch(() => false))) failedReads[name]++;
    };
    const end = performance.now() + (rig.options.seconds ?? SECONDS) * 1_000;
    while (performance.now() < end) {
      await fill(ballast);
      await ask(
        'jwks',
        http.get('/.well-known/jwks.json').then(({ status }) => status === 200),
      );
      await ask(
        'introspection',
        introspect(http, app, tokens.access_token).then(({ active }) => active),
      );
      await ask(
        'profile',
        askProfile(http, tokens.access_token).then((name) => name === people[0]!.username),
      );
      await pause(50);
    }
    await rm(ballast);
    const to = performance.now();
    await pause(10_000);
    const samples = [...(await run.stopLoad()).values()].flat();
    const during = samples.filter(({ at }) => at >= from && at < to);
    const later = samples.filter((sample) => sample.at >= to && isFailure(sample));
    const last = Math.max(to, ...later.map(({ at, milliseconds }) => at + milliseconds));
    const others = during.filter(({ outcome }) => !['ok', '503', WITHOUT_DATABASE].includes(outcome));
    logSamples(rig, others);
    const writes = during.filter((sample) => !isRead(sample));
    // Those of the load ask about hundreds of tokens, which the node does not have in its memory.
    const readsOfLoad = during.filter(isRead);
    const failedReadsOfLoad = readsOfLoad.filter(isFailure);
    logSamples(rig, failedReadsOfLoad);
    http.close();
    const crashes = readFileSync(postgres.logFile, 'utf8').match(/PANIC/g)?.length ?? 0;
    return [
      ...ledgerFigures(await run.verify()),
      { what: 'from the full disk to the first refused write', value: untilRefused / 1_000, unit: 's' },
      { what: 'writes while it was full', value: writes.length },
      { what: 'of these not done', value: describeOutcomes(summarize(writes)) },
      {
        what: 'answered otherwise than by 200 or 503 with Retry-After',
        value: others.length,
        bar: { is: 0 },
      },
      {
        what: 'reads of one token and the keys while it was full: JWKS, introspection, /profile',
        value: Object.values(reads).reduce((sum, each) => sum + each, 0),
      },
      {
        what: 'of these failed',
        value: Object.values(failedReads).reduce((sum, each) => sum + each, 0),
        bar: { is: 0 },
      },
      { what: 'reads of other tokens meanwhile: introspection, /profile', value: readsOfLoad.length },
      { what: 'of these failed', value: failedReadsOfLoad.length, bar: { is: 0 } },
      {
        what: 'last failure after there was room',
        value: (last - to) / 1_000,
        unit: 's',
        bar: { atMost: 10 },
      },
      { what: 'crashes of PostgreSQL', value: crashes },
      ...(await corruptionFigures(postgres, rig.log)),
      { what: 'ends of the server', value: node.deaths.length, bar: { is: 0 } },
    ];
  },
};
