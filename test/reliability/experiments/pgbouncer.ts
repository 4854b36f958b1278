/** every flow through a pgbouncer in transaction mode. */

import { makeActions } from '../database-trouble.js';
import type { Experiment, Figure } from '../experiment.js';
import { rehearse } from '../fault-matrix/matrix.js';
import { setStage } from '../fault-matrix/stage.js';
import { steps } from '../fault-matrix/steps.js';
import { describeOutcomes, startLoad, summarize } from '../rig/load.js';
import { openNodeClient } from '../rig/node-client.js';
import { pause } from '../rig/pause.js';
import { findPgBouncer, startPgBouncer } from '../rig/pgbouncer.js';
import { createRandom } from '../rig/random.js';
import { makeWorld } from '../rig/world.js';

const SECONDS = 10;
// More than pgbouncer has connections to PostgreSQL, so that they change hands all the time.
const CONNECTIONS = 16;

export const experiment: Experiment = {
  name: 'pgbouncer',
  title:
    'Everything works through pgbouncer in transaction mode with DATABASE_PREPARED_STATEMENTS=off (R-20)',
  findObstacle: async () =>
    findPgBouncer() ? undefined : 'pgbouncer is not installed (apt-get install pgbouncer)',

  async run(rig): Promise<Figure[]> {
    const postgres = await rig.startPostgres();
    const pgbouncer = await startPgBouncer(rig, postgres);
    const environment = { DATABASE_PREPARED_STATEMENTS: 'off' };
    // Started on an empty database: the tables are made through pgbouncer as well.
    const node = await rig.startNode({ name: 'a', databaseUrl: pgbouncer.url(), environment });
    const other = await rig.startNode({
      name: 'b',
      databaseUrl: pgbouncer.url(),
      issuer: node.issuer,
      environment,
    });
    const stage = await setStage(rig, postgres, node);
    const failed: string[] = [];
    for (const step of steps)
      await rehearse(stage, step).catch((error: Error) => failed.push(`${step.name}: ${error.message}`));
    for (const line of failed) rig.log(line);

    const world = await makeWorld(rig, node, postgres.url());
    const random = createRandom(rig.options.seed);
    const loads = [];
    for (const each of [node, other]) {
      const actions = await makeActions(openNodeClient(each), world, random);
      loads.push(startLoad({ actions, random, connections: CONNECTIONS, signal: rig.signal }));
    }
    await pause((rig.options.seconds ?? SECONDS) * 1_000);
    const all = summarize((await Promise.all(loads.map((load) => load.stop()))).flat());
    return [
      { what: 'pgbouncer', value: pgbouncer.version },
      { what: 'requests and pages of every flow', value: steps.length },
      { what: 'of these failed', value: failed.length, bar: { is: 0 } },
      { what: 'requests of two nodes under load', value: all.count },
      { what: 'of these failed', value: all.count - all.ok, bar: { is: 0 } },
      { what: 'failed by', value: describeOutcomes(all) },
      {
        what: 'transactions that went through pgbouncer',
        value: await pgbouncer.countTransactions(),
        bar: { atLeast: 1_000 },
      },
      { what: 'p99', value: all.p99, unit: 'ms' },
    ];
  },
};
