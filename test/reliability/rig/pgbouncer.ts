/** A pgbouncer in transaction mode before a PostgreSQL: each transaction may run on another connection. */
import { spawn, spawnSync } from 'node:child_process';
import { chown, mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { findFreePort } from '../../../bench/contestants/server-process.js';
import type { Rig } from '../experiment.js';
import { waitUntil } from './pause.js';
import type { Postgres } from './postgres.js';

export interface PgBouncer {
  version: string;
  port: number;
  url(database?: string): string;
  /** That went through it so far. */
  countTransactions(): Promise<number>;
}

const VERSION_LINE = /PgBouncer (\S+)/;

export function findPgBouncer(): string | undefined {
  const { stdout, error } = spawnSync('pgbouncer', ['--version'], { encoding: 'utf8' });
  return error ? undefined : VERSION_LINE.exec(stdout)?.[1];
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

export async function startPgBouncer(rig: Rig, postgres: Postgres): Promise<PgBouncer> {
  const folder = join(rig.folder, 'pgbouncer');
  const port = await findFreePort();
  const { username, password, port: databasePort } = new URL(postgres.url());
  const settings = [
    '[databases]',
    `* = host=127.0.0.1 port=${databasePort}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'pool_mode = transaction',
    // Fewer than the server's own pool, so that its connections share and change them.
    'default_pool_size = 4',
    'max_client_conn = 500',
    // A database that is to be copied or dropped must not be held open for long.
    'server_idle_timeout = 1',
    `admin_users = ${username}`,
    'auth_type = scram-sha-256',
    `auth_file = ${join(folder, 'users.txt')}`,
    'log_connections = 0',
    'log_disconnections = 0',
  ];
  await mkdir(folder, { mode: 0o711 });
  await writeFile(join(folder, 'pgbouncer.ini'), `${settings.join('\n')}\n`, { mode: 0o644 });
  await writeFile(join(folder, 'users.txt'), `"${username}" "${decodeURIComponent(password)}"\n`, {
    mode: 0o600,
  });
  // It refuses to run as root.
  const { user } = postgres.programs;
  if (user) await chown(join(folder, 'users.txt'), user.uid, user.gid);
  const child = spawn('pgbouncer', ['--quiet', join(folder, 'pgbouncer.ini')], {
    stdio: 'ignore',
    ...(user ? { uid: user.uid, gid: user.gid } : {}),
  });
  rig.atEnd(() => void child.kill('SIGKILL'));
  await waitUntil('pgbouncer listens', () => isListening(port), { patience: 10_000 });
  const url = (database?: string) =>
    Object.assign(new URL(postgres.url(database)), { port: String(port) }).href;
  return {
    version: findPgBouncer() ?? '',
    port,
    url,
    async countTransactions() {
      const console = new pg.Client({ connectionString: url('pgbouncer') });
      await console.connect();
      const { rows } = await console.query<{ total_xact_count: string }>('SHOW STATS');
      await console.end();
      return rows.reduce((sum, { total_xact_count }) => sum + Number(total_xact_count), 0);
    },
  };
}
