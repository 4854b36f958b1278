/** the connection to the database breaks at every statement of every flow, before it and after it. */

import { startDatabaseProxy } from '../database-proxy.js';
import type { Experiment, Figure, Rig } from '../experiment.js';
import { type Cell, type Row, runStep } from '../fault-matrix/matrix.js';
import { setStage } from '../fault-matrix/stage.js';
import { steps } from '../fault-matrix/steps.js';

/** What the server logs of either before it ends (src/cli/run-server.ts). */
const SURPRISE = 'unexpected error, the server exits';

/** '503 ×12, 200 ×1' */
function countStatuses(cells: Cell[]): string {
  const counts = new Map<number, number>();
  for (const { status } of cells) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts].map(([status, count]) => `${status} ×${count}`).join(', ');
}

function tell(rig: Rig, { step, statements, cells }: Row): void {
  const of = (when: Cell['when']) => countStatuses(cells.filter((cell) => cell.when === when));
  rig.log(`${step}: ${statements} statements; before: ${of('before')}; after: ${of('after')}`);
  for (const { statement, text, when, status, problems } of cells)
    for (const problem of problems)
      rig.log(`  ${when} statement ${statement} (${text}), ${status}: ${problem}`);
}

export const experiment: Experiment = {
  name: 'fault-matrix',
  title:
    'A connection that breaks at any statement of any flow leaves all of it or nothing, and says so (R-18)',

  async run(rig): Promise<Figure[]> {
    const postgres = await rig.startPostgres();
    const proxy = await startDatabaseProxy(postgres.url());
    rig.atEnd(() => proxy.stop());
    const node = await rig.startNode({ name: 'a', databaseUrl: proxy.url });
    const stage = await setStage(rig, postgres, node);
    const rows: Row[] = [];
    for (const step of steps) {
      if (rig.signal.aborted) break;
      const row = await runStep(stage, proxy, step);
      tell(rig, row);
      rows.push(row);
    }
    const cells = rows.flatMap((row) => row.cells);
    const problems = cells.flatMap((cell) => cell.problems);
    const log = stage.node.log();
    return [
      { what: 'requests and pages broken', value: rows.length },
      { what: 'faults, each at another statement', value: cells.length },
      { what: 'statuses', value: countStatuses(cells) },
      { what: 'rules broken', value: problems.length, bar: { is: 0 } },
      {
        what: 'unhandled rejections and exceptions in the log',
        value: log.split(SURPRISE).length - 1,
        bar: { is: 0 },
      },
      { what: 'ends of the server', value: stage.node.deaths.length, bar: { is: 0 } },
      { what: 'ready at the end', value: String(await stage.node.isReady()), bar: { is: 'true' } },
    ];
  },
};
