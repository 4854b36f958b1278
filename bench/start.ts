/** npm run bench -- --start: how long until a server that is started answers, with its database running and with the embedded one. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Arena } from './contestants/contestant.js';
import { findFreePort, startServerProcess } from './contestants/server-process.js';
import { medianOf } from './measure.js';
import { readCpuSeconds, readMemory } from './processes.js';

const MAIN = fileURLToPath(new URL('../src/main.js', import.meta.url));
const STARTS = 7;

interface Start {
  /** Until /readyz says yes. */
  milliseconds: number;
  /** Of Node.js, in milliseconds. */
  cpu: number;
  /** Bytes, then. */
  memory: number;
}

async function startOnce(arena: Arena, environment: Record<string, string>): Promise<Start> {
  const port = String(await findFreePort());
  const own = { HOST: '127.0.0.1', PORT: port, ISSUER: `http://localhost:${port}` };
  const begun = performance.now();
  const server = await startServerProcess(arena, {
    name: 'start',
    command: process.execPath,
    args: [MAIN, 'serve'],
    environment: { ...own, ...environment },
    readyUrl: `http://localhost:${port}/readyz`,
  });
  try {
    const milliseconds = performance.now() - begun;
    return { milliseconds, cpu: readCpuSeconds(server.pid) * 1000, memory: readMemory(server.pid) };
  } finally {
    await server.stop();
  }
}

/** The first of each makes the tables, the keys and the embedded cluster, and does not count. */
export async function measureStarts(arena: Arena): Promise<void> {
  const { folder, postgres } = arena;
  const key = { SECRET_KEY: randomBytes(32).toString('hex') };
  const ways = [
    ['a running database', { ...key, DATABASE_URL: postgres.urlOf('latchkey'), DATA_DIR: folder }],
    ['the embedded database', { ...key, DATA_DIR: join(folder, 'embedded') }],
  ] as const;
  for (const [name, environment] of ways) {
    await startOnce(arena, environment);
    const starts: Start[] = [];
    for (let i = 0; i < STARTS; i++) starts.push(await startOnce(arena, environment));
    const median = (figure: keyof Start) => medianOf(starts.map((start) => start[figure]));
    const memory = (median('memory') / 2 ** 20).toFixed(0);
    console.log(
      `With ${name}: first answer after ${median('milliseconds').toFixed(0)} ms, CPU ${median('cpu').toFixed(0)} ms, PSS ${memory} MB (medians of ${STARTS})`,
    );
  }
}
