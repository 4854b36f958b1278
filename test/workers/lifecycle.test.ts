/** Workers that end, are replaced and are stopped: what is in flight is finished, and nothing stays behind. */
import { connect } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { token } from '../support/oauth.js';
import { createApp, createPerson, PASSWORD } from '../support/people.js';
import { until } from '../support/until.js';
import { onNewConnection, startWorkers, type Workers } from './start-workers.js';

let workers: Workers;

afterEach(() => workers.stop());

const ALL_WELL = Array(24).fill(200);
const statusesOf = async (answers: Promise<{ status: number }>[]) =>
  (await Promise.all(answers)).map(({ status }) => status);

/** Asks on new connections until told to stop. @returns every status, and 'failed' for what was not answered */
function keepAsking(lanes: number) {
  let isOver = false;
  const seen: (number | 'failed')[] = [];
  const lane = async () => {
    while (!isOver) {
      const answer = onNewConnection(`${workers.url}/login`, { signal: AbortSignal.timeout(5_000) });
      seen.push(await answer.then(({ status }) => status).catch(() => 'failed' as const));
    }
  };
  const running = Promise.all(Array.from({ length: lanes }, lane));
  return {
    seen,
    async stop() {
      isOver = true;
      await running;
    },
  };
}

test('a worker killed is replaced while requests go on, and takes no more with it than it had in hand', async () => {
  workers = await startWorkers();
  const lanes = 4;
  const asking = keepAsking(lanes);
  await until(() => asking.seen.length > 20);
  const [victim, survivor] = workers.pids() as [number, number];
  process.kill(victim, 'SIGKILL');
  await workers.untilReady(3);
  const newcomer = workers.pids()[2]!;
  await until(() => workers.log().some(({ pid, msg }) => pid === newcomer && msg === 'request'));
  await asking.stop();

  expect(asking.seen.filter((status) => status === 'failed').length).toBeLessThanOrEqual(lanes);
  expect(new Set(asking.seen.filter((status) => status !== 'failed'))).toEqual(new Set([200]));
  expect(workers.log().find(({ msg }) => msg === 'a worker has ended')).toMatchObject({
    level: 'error',
    worker: victim,
    how: 'SIGKILL',
  });
  expect([victim, survivor]).not.toContain(newcomer);
});

test('SIGUSR2 replaces every worker, and nobody is refused meanwhile', async () => {
  workers = await startWorkers();
  const before = workers.pids();
  const asking = keepAsking(4);
  workers.running.process.kill('SIGUSR2');
  await until(() => workers.log().some(({ msg }) => msg === 'the workers are replaced'));
  await asking.stop();

  expect(new Set(asking.seen)).toEqual(new Set([200]));
  expect(asking.seen.length).toBeGreaterThan(20);
  expect([workers.stopped(), workers.pids().length]).toEqual([before, 4]);
});

/** Sign-ins by password, some of which wait for their turn; settles when the first of them is done. */
async function startHashing() {
  await createPerson(workers, 'alice');
  const app = await createApp(workers, { grantTypes: ['password'] });
  const logIn = () => token(workers, app, { grant_type: 'password', username: 'alice', password: PASSWORD });
  const answers = Array.from(ALL_WELL, logIn);
  await Promise.race(answers);
  return { answers };
}

test('SIGTERM finishes the requests in flight, ends with 0 and leaves no process', async () => {
  workers = await startWorkers();
  const { answers } = await startHashing();
  workers.running.process.kill('SIGTERM');
  expect(await statusesOf(answers)).toEqual(ALL_WELL);
  // It has ended when nobody holds its stdout any more: the workers have inherited it.
  expect((await workers.running.ended).code).toBe(0);
  expect(new Set(workers.stopped())).toEqual(new Set([...workers.pids(), workers.running.process.pid]));
});

test('Ctrl-C, which the terminal sends to every process, finishes the requests in flight as well', async () => {
  workers = await startWorkers();
  const { answers } = await startHashing();
  for (const pid of [...workers.pids(), workers.running.process.pid!]) process.kill(pid, 'SIGINT');
  expect(await statusesOf(answers)).toEqual(ALL_WELL);
  expect((await workers.running.ended).code).toBe(0);
  expect(workers.pids()).toHaveLength(2);
});

test('when the first process is killed, the workers finish what they have, leave, and the port is free', async () => {
  workers = await startWorkers();
  const { answers } = await startHashing();
  workers.running.process.kill('SIGKILL');
  expect(await statusesOf(answers)).toEqual(ALL_WELL);
  await workers.running.ended;
  await expect(fetch(`${workers.url}/healthz`)).rejects.toThrow();
});

test('a second signal ends all of them at once, whatever is in flight', async () => {
  workers = await startWorkers({ SHUTDOWN_TIMEOUT_SECONDS: '60' });
  const { hostname, port } = new URL(workers.url);
  // A request that never ends: its body does not come.
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.write(`POST /o/token HTTP/1.1\r\nHost: ${hostname}:${port}\r\nContent-Length: 100\r\n\r\n`);
  workers.running.process.kill('SIGTERM');
  // Sooner it would be taken for the same Ctrl-C once more.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(workers.running.process.exitCode).toBe(null);
  const begun = Date.now();
  workers.running.process.kill('SIGTERM');
  expect((await workers.running.ended).code).toBe(1);
  expect(Date.now() - begun).toBeLessThan(5_000);
  socket.destroy();
});
