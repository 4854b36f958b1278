/** the database falls silent without closing a connection, on the network, by its backends, and as a whole. */
import { readMemory } from '../../../bench/processes.js';
import {
  begunBetween,
  longestSeconds,
  secondsToLastFailure,
  startTrouble,
  type Trouble,
  unexcused,
} from '../database-trouble.js';
import type { Experiment, Figure, Rig } from '../experiment.js';
import { logSamples } from '../rig/ledger-run.js';
import { describeOutcomes, startLoad, summarize } from '../rig/load.js';
import { pause } from '../rig/pause.js';

const SECONDS = 15;
// Milliseconds before and after the silence.
const BEFORE = 3_000;
const AFTER = 15_000;
const RATE = 30;
const MEGABYTE = 1_048_576;

interface Silence {
  name: string;
  begin(): Promise<void> | void;
  end(): Promise<void> | void;
}

/** SIGSTOP to the backends that serve the node; new ones are born as ever. */
function frozenBackends({ postgres }: Trouble): Silence {
  let frozen: number[] = [];
  return {
    name: 'frozen backends',
    async begin() {
      const rows = await postgres.query<{ pid: number }>(
        `SELECT pid FROM pg_stat_activity WHERE application_name = 'latchkey'`,
      );
      frozen = rows.map(({ pid }) => pid);
      for (const pid of frozen) process.kill(pid, 'SIGSTOP');
    },
    end() {
      for (const pid of frozen) process.kill(pid, 'SIGCONT');
      frozen = [];
    },
  };
}

/** SIGSTOP to all of PostgreSQL: the kernel takes new connections for it, and nobody is born to serve them. */
const frozenPostgres = ({ postgres }: Trouble): Silence => ({
  name: 'frozen PostgreSQL',
  begin: postgres.freeze,
  end: postgres.thaw,
});

const swallowedBytes = ({ proxy }: Trouble): Silence => ({
  name: 'swallowed bytes',
  begin: proxy.swallow,
  end: proxy.mend,
});

async function fallSilent(rig: Rig, trouble: Trouble, silence: Silence): Promise<Figure[]> {
  const { actions, random, node } = trouble;
  const load = startLoad({ actions, random, rate: RATE, signal: rig.signal });
  rig.atEnd(() => silence.end());
  await pause(BEFORE);
  const memoryBefore = readMemory(node.pid());
  const from = performance.now();
  await silence.begin();
  let memory = memoryBefore;
  for (let second = 0; second < (rig.options.seconds ?? SECONDS); second++) {
    await pause(1_000);
    memory = Math.max(memory, readMemory(node.pid()));
  }
  const to = performance.now();
  await silence.end();
  await pause(AFTER);
  const samples = await load.stop();
  const during = begunBetween(samples, from, to);
  logSamples(rig, unexcused(samples));
  const what = (text: string) => `${silence.name}: ${text}`;
  return [
    { what: what('requests begun during the silence'), value: during.length },
    { what: what('of these answered otherwise than by 200'), value: describeOutcomes(summarize(during)) },
    { what: what('longest request'), value: longestSeconds(samples), unit: 's', bar: { atMost: 10 } },
    {
      what: what('neither answered nor refused by 503 with Retry-After'),
      value: unexcused(samples).length,
      bar: { is: 0 },
    },
    {
      what: what('memory added'),
      value: (memory - memoryBefore) / MEGABYTE,
      unit: 'MB',
      bar: { atMost: 100 },
    },
    {
      what: what('last failure after its end'),
      value: secondsToLastFailure(samples, to),
      unit: 's',
      bar: { atMost: 10 },
    },
  ];
}

export const experiment: Experiment = {
  name: 'black-hole',
  title:
    'A database that falls silent costs nobody more than ten seconds, and its return needs no restart (R-14)',
  limit: ({ seconds = SECONDS }) => 4 + seconds / 15,

  async run(rig): Promise<Figure[]> {
    const trouble = await startTrouble(rig);
    const figures = [
      ...(await fallSilent(rig, trouble, swallowedBytes(trouble))),
      ...(await fallSilent(rig, trouble, frozenBackends(trouble))),
      ...(await fallSilent(rig, trouble, frozenPostgres(trouble))),
    ];
    return [...figures, { what: 'ends of the server', value: trouble.node.deaths.length, bar: { is: 0 } }];
  },
};
