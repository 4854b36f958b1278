/**
 * RF-02. A refresh is committed and its answer lost; the server is away for longer than the grace of ten
 * seconds; then the client asks again. It gets what was lost, and is not taken for a thief.
 */
import type { Experiment, Figure, Rig } from '../experiment.js';
import { makeSignIns } from '../rig/everyday-actions.js';
import { openNodeClient } from '../rig/node-client.js';
import { pause, waitUntil } from '../rig/pause.js';
import type { Postgres } from '../rig/postgres.js';
import { askAsClient, askProfile, Refusal, refreshTokens } from '../rig/requests.js';
import type { ServerNode } from '../rig/server-node.js';
import { makeWorld, type World } from '../rig/world.js';

const SIGN_INS = 20;
// Seconds: longer than the grace.
const AWAY = 15;

interface Stage {
  postgres: Postgres;
  nodes: [ServerNode, ServerNode];
  world: World;
}

interface Told {
  /** Got the same answer, and it works, and so does what comes after it. */
  goOn: number;
  /** Refused as one that was used before. */
  refused: number;
}

/** @param meanwhile between the answers that are lost and the second asking, which is at the other node */
async function askTwice({ nodes, world }: Stage, meanwhile: () => Promise<void>): Promise<Told> {
  const [first, second] = nodes.map((node) => openNodeClient(node));
  const signIns = await makeSignIns(first!, world, SIGN_INS);
  const lost = await Promise.all(
    signIns.map(({ refresh_token }) => refreshTokens(first!, world.app, refresh_token)),
  );
  await meanwhile();
  const told: Told = { goOn: 0, refused: 0 };
  const askAgain = async (token: string, answer: string): Promise<void> => {
    const again = await refreshTokens(second!, world.app, token);
    const isAlive = (await askProfile(second!, again.access_token)) !== undefined;
    await refreshTokens(second!, world.app, again.refresh_token);
    if (again.access_token === answer && isAlive) told.goOn++;
  };
  for (const [index, { refresh_token }] of signIns.entries()) {
    await askAgain(refresh_token, lost[index]!.access_token).catch((error: Error) => {
      if (!(error instanceof Refusal) || error.answer.status !== 400) throw error;
      told.refused++;
    });
  }
  for (const http of [first, second]) http!.close();
  return told;
}

async function untilBothAnswer({ nodes, world }: Stage): Promise<void> {
  for (const node of nodes) {
    const http = openNodeClient(node, { connections: 1, patience: 2_000 });
    const isAnswered = () =>
      askAsClient(http, world.app).then(
        () => true,
        () => false,
      );
    await waitUntil(`node ${node.name} answers`, isAnswered);
    http.close();
  }
}

/** What is away for so many seconds, and comes back. */
const outages: Record<string, (stage: Stage, milliseconds: number) => Promise<void>> = {
  async 'PostgreSQL crashed'({ postgres }, milliseconds) {
    await postgres.stop('immediate');
    await pause(milliseconds);
    await postgres.start();
  },
  async 'PostgreSQL fell silent'({ postgres }, milliseconds) {
    postgres.freeze();
    await pause(milliseconds);
    postgres.thaw();
  },
  async 'every node was killed'({ nodes }, milliseconds) {
    await Promise.all(nodes.map((node) => node.stop('SIGKILL')));
    await pause(milliseconds);
    for (const node of nodes) node.start();
    for (const node of nodes) await node.waitUntilReady();
  },
};

async function run(rig: Rig): Promise<Figure[]> {
  const postgres = await rig.startPostgres();
  const databaseUrl = postgres.url();
  const first = await rig.startNode({ name: 'a', databaseUrl });
  const second = await rig.startNode({ name: 'b', databaseUrl, issuer: first.issuer });
  const settings = { refreshGracePeriod: null };
  const world = await makeWorld(rig, first, databaseUrl, { people: 4, settings });
  const stage: Stage = { postgres, nodes: [first, second], world };
  const milliseconds = (rig.options.seconds ?? AWAY) * 1_000;

  const figures: Figure[] = [
    { what: 'away each time', value: milliseconds / 1_000, unit: 's' },
    { what: 'grace of the application', value: 10, unit: 's' },
  ];
  for (const [what, breakIt] of Object.entries(outages)) {
    rig.log(what);
    const told = await askTwice(stage, async () => {
      await breakIt(stage, milliseconds);
      await untilBothAnswer(stage);
    });
    figures.push(
      { what: `${what}: lost answers`, value: SIGN_INS },
      { what: `${what}: of these given again, and going on`, value: told.goOn, bar: { is: SIGN_INS } },
    );
  }
  rig.log('nothing is away');
  const late = await askTwice(stage, () => pause(milliseconds));
  figures.push({
    what: 'nothing was away: taken for theft after the grace',
    value: late.refused,
    bar: { is: SIGN_INS },
  });
  return figures;
}

export const experiment: Experiment = {
  name: 'refresh-across-outages',
  title: 'whoever lost the answer of a refresh in an outage longer than the grace gets it afterwards (R-04)',
  limit: ({ seconds = AWAY }) => 3 + (4 * seconds) / 60,
  run,
};
