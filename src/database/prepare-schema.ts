/**
 * Brings the tables up to date before a server or a command uses them, or says why the database cannot be used.
 */
import knex, { type Knex } from 'knex';
import { silentLog } from './database.js';
import { migrate, type OnWaiting, schemaState } from './migrate.js';
import { isDatabaseOutOfReach } from './out-of-reach.js';

/** The database is there, but somebody has to put something right first; waiting does not help. */
export class DatabaseRefusal extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'DatabaseRefusal';
  }
}

const OLDEST_POSTGRESQL = 14;
// Any number; nodes that start at the same time migrate one after the other.
const MIGRATION_LOCK = 7_215_002;
// Milliseconds.
const CONNECT_TIMEOUT = 3_000;

const EXPLANATIONS: Record<string, string> = {
  '28P01': 'The database refuses the password in DATABASE_URL.',
  '28000': 'The database refuses the user in DATABASE_URL.',
  '3D000': 'The database named in DATABASE_URL does not exist. Create it, or correct the name.',
  '42501':
    'The user in DATABASE_URL may not create tables in its database. Grant that, or make it the owner.',
};

function explain(error: unknown): unknown {
  if (error instanceof DatabaseRefusal || isDatabaseOutOfReach(error)) return error;
  const { code = '', message } = error as { code?: string; message: string };
  return new DatabaseRefusal(
    EXPLANATIONS[code] ?? `The database of DATABASE_URL cannot be used: ${message}.`,
    error,
  );
}

async function refuseWhatWeCannotUse(pool: Knex): Promise<void> {
  const { rows } = await pool.raw<{ rows: { version: number }[] }>(
    `SELECT current_setting('server_version_num')::int / 10000 AS version`,
  );
  const version = rows[0]?.version ?? 0;
  if (version < OLDEST_POSTGRESQL) {
    throw new DatabaseRefusal(
      `The database is PostgreSQL ${version}; ${OLDEST_POSTGRESQL} is the oldest that will do.`,
    );
  }
  if ((await schemaState(pool)) === 'ahead') {
    throw new DatabaseRefusal(
      'A newer Latchkey has taken away what this version needs from this database. Start that version, or restore a backup from before.',
    );
  }
}

/**
 * The lock goes with its connection, so a process killed while it migrates leaves none behind. The lock that knex
 * keeps in a table would stay; while we hold ours, nobody is using it.
 */
async function migrateInTurn(pool: Knex, onWaiting: OnWaiting): Promise<string[]> {
  return pool.transaction(async (transaction) => {
    await transaction.raw('SELECT pg_advisory_xact_lock(?)', [MIGRATION_LOCK]);
    if ((await schemaState(pool)) === 'current') return [];
    if (await pool.schema.hasTable('migrations_lock')) await pool('migrations_lock').update({ is_locked: 0 });
    return migrate(pool, onWaiting);
  });
}

/**
 * @param onWaiting told in a line when other transactions are in the way
 * @returns the names of the migrations that were run now
 * @throws DatabaseRefusal, or the driver's error when the database is out of reach
 */
export async function prepareSchema(url: string, onWaiting: OnWaiting = () => {}): Promise<string[]> {
  // Not the server's pool, whose time limits are made for requests: a migration may take as long as it needs.
  const pool = knex({
    client: 'pg',
    connection: {
      connectionString: url,
      connectionTimeoutMillis: CONNECT_TIMEOUT,
      application_name: 'latchkey',
    },
    pool: { min: 0, max: 2 },
    log: silentLog,
  });
  try {
    await refuseWhatWeCannotUse(pool);
    return (await schemaState(pool)) === 'current' ? [] : await migrateInTurn(pool, onWaiting);
  } catch (error) {
    throw explain(error);
  } finally {
    await pool.destroy();
  }
}
