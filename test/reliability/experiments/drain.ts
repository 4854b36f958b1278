/**
 * SIGTERM while passwords are checked, a form arrives slowly and clients keep their connections: whatever was
 * accepted is answered, /readyz says at once that it is over, and the process ends by itself with 0.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { basic } from '../../support/oauth.js';
import type { Experiment, Figure, Rig } from '../experiment.js';
import { outcomeOf } from '../rig/load.js';
import { openNodeClient } from '../rig/node-client.js';
import { pause } from '../rig/pause.js';
import { isAlive } from '../rig/processes.js';
import { createRandom, type Random } from '../rig/random.js';
import type { ServerNode } from '../rig/server-node.js';
import { makeWorld, type World } from '../rig/world.js';

const ROUNDS = 5;
// Milliseconds that a form takes to arrive, piece by piece.
const UPLOAD = 3_000;
const PIECES = 6;
const UPLOADS = 5;
const CLIENTS = 20;

/** @returns the status of the answer, or what happened to the connection */
async function postSlowly({ port, issuer }: ServerNode, { app }: World): Promise<string> {
  const body = 'grant_type=client_credentials&scope=read';
  const credentials = Buffer.from(`${app.clientId}:${app.secret}`).toString('base64');
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  let failure = '';
  socket.setEncoding('latin1').on('data', (text) => {
    answer += text;
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    failure = error.code ?? error.message;
  });
  const closed = once(socket, 'close').catch(() => {});
  socket.write(
    `POST /o/token HTTP/1.1\r\nHost: ${new URL(issuer).host}\r\nAuthorization: Basic ${credentials}\r\n` +
      `Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`,
  );
  const size = Math.ceil(body.length / PIECES);
  for (let from = 0; from < body.length; from += size) {
    await pause(UPLOAD / PIECES);
    socket.write(body.slice(from, from + size));
  }
  await closed;
  return failure || answer.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length) || 'closed without an answer';
}

/** Asks /readyz over and over, as a proxy does. @returns milliseconds from the signal to the first 503 */
async function timeToNotReady({ port }: ServerNode, signalledAt: number): Promise<number> {
  for (;;) {
    const status = await fetch(`http://127.0.0.1:${port}/readyz`, { headers: { connection: 'close' } })
      .then((answer) => answer.status)
      .catch(() => Number.NaN);
    if (status !== 200) return status === 503 ? performance.now() - signalledAt : Number.NaN;
  }
}

/** Keeps its connection until it is told to go, as with Connection: close; then it would ask another node. */
async function useUntilToldToGo(node: ServerNode, { app, people }: World, random: Random, seen: string[]) {
  const http = openNodeClient(node, { connections: 1 });
  const { username, password } = random.pick(people);
  const login = { grant_type: 'password', username, password, scope: 'read' };
  const asClient = { grant_type: 'client_credentials', scope: 'read' };
  try {
    for (let isKept = true; isKept; ) {
      const { status, headers } = await http.post('/o/token', random.below(4) ? asClient : login, basic(app));
      seen.push(String(status));
      isKept = headers.connection !== 'close';
      await pause(random.below(100));
    }
  } catch (error) {
    seen.push(outcomeOf(error));
  } finally {
    http.close();
  }
}

interface Round {
  /** Statuses, or what happened to the connection. */
  answers: string[];
  uploads: string[];
  notReady: number;
  code: number | null;
  seconds: number;
}

async function drainOnce(node: ServerNode, world: World, random: Random): Promise<Round> {
  const answers: string[] = [];
  const clients = Array.from({ length: CLIENTS }, () => useUntilToldToGo(node, world, random, answers));
  const uploads = Promise.all(Array.from({ length: UPLOADS }, () => postSlowly(node, world)));
  await pause(1_000 + random.below(300));
  const stopped = node.stop();
  const notReady = timeToNotReady(node, performance.now());
  const { code, seconds } = await stopped;
  await Promise.all(clients);
  return { answers, uploads: await uploads, notReady: await notReady, code, seconds };
}

/** With a request under way that takes longer than anybody wants to wait. */
async function stopTwice(rig: Rig, node: ServerNode): Promise<{ wasAlive: boolean; seconds: number }> {
  node.start();
  await node.waitUntilReady();
  const socket = connect(node.port, '127.0.0.1').on('error', () => {});
  rig.atEnd(() => void socket.destroy());
  socket.write('POST /o/token HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n');
  await pause(300);
  const stopped = node.stop();
  await pause(1_000);
  const wasAlive = isAlive(node.pid());
  const second = performance.now();
  node.signal('SIGTERM');
  await stopped;
  return { wasAlive, seconds: (performance.now() - second) / 1_000 };
}

async function run(rig: Rig): Promise<Figure[]> {
  const postgres = await rig.startPostgres();
  const random = createRandom(rig.options.seed);
  const node = await rig.startNode({ name: 'a', databaseUrl: postgres.url() });
  const world = await makeWorld(rig, node, postgres.url());
  const rounds: Round[] = [];
  for (let i = 0; i < (rig.options.rounds ?? ROUNDS); i++) {
    if (i > 0) {
      node.start();
      await node.waitUntilReady();
    }
    rounds.push(await drainOnce(node, world, random));
  }
  const twice = await stopTwice(rig, node);
  const answers = rounds.flatMap((round) => round.answers);
  const uploads = rounds.flatMap((round) => round.uploads);
  const wrong = answers.filter((answer) => answer !== '200');
  if (wrong.length) rig.log(`Not 200: ${wrong.slice(0, 10).join(', ')}`);
  return [
    { what: 'requests of kept-alive clients', value: answers.length },
    { what: 'of them reset or answered wrongly', value: wrong.length, bar: { is: 0 } },
    {
      what: 'slow forms answered with 200',
      value: uploads.filter((status) => status === '200').length,
      bar: { is: uploads.length },
    },
    {
      what: 'until /readyz says 503, longest',
      value: Math.max(...rounds.map(({ notReady }) => notReady)),
      unit: 'ms',
      bar: { atMost: 500 },
    },
    {
      what: 'exit codes other than 0',
      value: rounds.filter(({ code }) => code !== 0).length,
      bar: { is: 0 },
    },
    {
      what: 'until the exit, longest',
      value: Math.max(...rounds.map(({ seconds }) => seconds)),
      unit: 's',
      bar: { atMost: 15 },
    },
    { what: 'still there for a second SIGTERM', value: twice.wasAlive ? 'yes' : 'no', bar: { is: 'yes' } },
    {
      what: 'until the exit after a second SIGTERM',
      value: twice.seconds,
      unit: 's',
      bar: { atMost: 1 },
    },
  ];
}

export const experiment: Experiment = {
  name: 'drain',
  title: 'a server that is told to stop answers everything it has accepted (R-34)',
  run,
};
