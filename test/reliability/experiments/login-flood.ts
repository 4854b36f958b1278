/**
 * Fifty sign-ins by password in a second, each of which costs 19 MiB and up to 30 ms of a core: who has a token does
 * not notice, and whoever cannot be served is told to come back.
 */
import type { Experiment, Figure, Rig } from '../experiment.js';
import { introspectAction, loginAction, makeSignIns, profileAction } from '../rig/everyday-actions.js';
import { describeOutcomes, startLoad, summarize } from '../rig/load.js';
import { readResident } from '../rig/memory.js';
import { openNodeClient } from '../rig/node-client.js';
import { pause } from '../rig/pause.js';
import { createRandom } from '../rig/random.js';
import { makeWorld } from '../rig/world.js';

const SECONDS = 30;
const LOGINS_PER_SECOND = 50;
// Of each kind.
const PROBES_PER_SECOND = 50;
// As many of them as a percentile of 99 needs.
const QUIET_SECONDS = 15;
// Of argon2's memory for the most hashes at a time, in MB; and what Node.js needs for the requests themselves.
const HASHING_MEMORY = 3 * 19;
const REQUEST_MEMORY = 32;

async function run(rig: Rig): Promise<Figure[]> {
  const { options, signal } = rig;
  const seconds = options.seconds ?? SECONDS;
  const postgres = await rig.startPostgres();
  const node = await rig.startNode({
    name: 'a',
    databaseUrl: postgres.url(),
    environment: { LOG_LEVEL: 'warn' },
  });
  const world = await makeWorld(rig, node, postgres.url());
  const http = openNodeClient(node, { connections: 1_000 });
  rig.atEnd(() => http.close());
  const random = createRandom(options.seed);
  const everyday = { http, world, random, signIns: await makeSignIns(http, world, 50) };
  const probes = [
    { name: 'introspect', weight: 1, run: introspectAction(everyday) },
    { name: 'profile', weight: 1, run: profileAction(everyday) },
  ];
  const logins = [{ name: 'login', weight: 1, run: loginAction(everyday) }];

  const probe = async (length: number) => {
    const load = startLoad({ actions: probes, random, rate: 2 * PROBES_PER_SECOND, signal });
    await pause(length * 1000);
    const samples = await load.stop();
    const ofProfile = samples.filter(({ action }) => action === 'profile');
    return { ...summarize(samples), profile: summarize(ofProfile).p99 };
  };
  await probe(5);
  const quiet = await probe(QUIET_SECONDS);
  const before = readResident(node.pid());
  let highest = before;
  const watch = setInterval(() => {
    highest = Math.max(highest, readResident(node.pid()));
  }, 100);
  rig.atEnd(() => clearInterval(watch));
  const flood = startLoad({ actions: logins, random, rate: LOGINS_PER_SECOND, signal });
  const probed = await probe(seconds);
  const flooded = summarize(await flood.stop());
  clearInterval(watch);

  rig.log(`logins: ok ${flooded.ok}, ${describeOutcomes(flooded)}; probes: ${describeOutcomes(probed)}`);
  const shed = (flooded.outcomes['503'] ?? 0) + (flooded.outcomes['429'] ?? 0);
  return [
    { what: 'p99 of the probe before', value: quiet.p99, unit: 'ms' },
    { what: 'p99 of /profile before', value: quiet.profile, unit: 'ms' },
    { what: 'p99 of /profile in the flood', value: probed.profile, unit: 'ms' },
    { what: '/profile in the flood to before', value: probed.profile / quiet.profile, bar: { atMost: 3 } },
    { what: 'p99 of the probe in the flood', value: probed.p99, unit: 'ms', bar: { atMost: 200 } },
    { what: 'probes that failed', value: probed.count - probed.ok, bar: { is: 0 } },
    {
      what: 'logins offered',
      value: flooded.count / seconds,
      unit: '/s',
      bar: { atLeast: 0.95 * LOGINS_PER_SECOND },
    },
    { what: 'logins done', value: flooded.ok / seconds, unit: '/s' },
    { what: 'logins told to come back', value: shed },
    { what: 'logins that failed otherwise', value: flooded.count - flooded.ok - shed, bar: { is: 0 } },
    // A queue without an end would make the last of them wait for most of the flood.
    { what: 'longest login', value: flooded.longest / 1000, unit: 's', bar: { atMost: 5 } },
    {
      what: 'memory, growth at the highest',
      value: (highest - before) / 2 ** 20,
      unit: 'MB',
      bar: { atMost: HASHING_MEMORY + REQUEST_MEMORY },
    },
  ];
}

export const experiment: Experiment = {
  name: 'login-flood',
  title: 'a flood of logins is not felt by those who have a token (R-41)',
  limit: ({ seconds = SECONDS }) => 3 + seconds / 60,
  run,
};
