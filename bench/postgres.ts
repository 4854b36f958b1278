/** The PostgreSQL of a run: embedded, fresh, durable as in production, in a folder that goes with it. */
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedDatabase } from '../src/database/embedded.js';

export interface BenchPostgres {
  /** Of the postmaster, whose children all others are. */
  pid: number;
  logFile: string;
  version: string;
  urlOf(database: string): string;
  /** Runs statements, one after the other, outside of any transaction. */
  run(database: string, ...statements: string[]): Promise<void>;
  stop(): Promise<void>;
}

export async function startPostgres(dataDir: string): Promise<BenchPostgres> {
  const embedded = await startEmbeddedDatabase({ dataDir });
  const pid = Number(readFileSync(join(embedded.folder, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);
  const urlOf = (database: string) => Object.assign(new URL(embedded.url), { pathname: `/${database}` }).href;

  async function connected<T>(database: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client({ connectionString: urlOf(database) });
    await client.connect();
    return work(client).finally(() => client.end());
  }

  const version = await connected('postgres', async (client) => {
    const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
    return rows[0]?.server_version ?? '';
  });
  return {
    pid,
    logFile: join(embedded.folder, 'postgres.log'),
    version,
    urlOf,
    run: (database, ...statements) =>
      connected(database, async (client) => {
        for (const statement of statements) await client.query(statement);
      }),
    async stop() {
      await embedded.stop();
      await rm(embedded.folder, { recursive: true, force: true });
    },
  };
}
