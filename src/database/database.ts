/**
 * The one pool of connections, and the two ways to use it: knex for what people do on pages, and `query` for the hot
 * path, which sends a named prepared statement straight to the driver (a third of the CPU of the query builder).
 */
import knex, { type Knex } from 'knex';
import pg from 'pg';

// bigint comes as text by default; our ids stay far below 2^53.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

/** A pool or a transaction: what a feature's store works on. */
export type Db = Knex | Knex.Transaction;

/** A statement of the hot path: PostgreSQL plans it once per connection under its name. */
export interface Statement {
  name: string;
  text: string;
}

export interface Database {
  knex: Knex;
  query<Row>(statement: Statement, values: unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

interface DatabaseOptions {
  poolSize: number;
  preparedStatements: boolean;
  /** Statements may take as long as they need: for a command that moves millions of rows, never for requests. */
  isPatient?: boolean;
}

// Milliseconds. A request waits this long for a free connection, then the server says it is overloaded; and no
// statement of a request may hold a connection longer than this, however slow the database has become. Where the
// database has fallen silent, knex waits another five seconds for the ROLLBACK: all of it stays below ten.
const ACQUIRE_TIMEOUT = 3_000;
const STATEMENT_TIMEOUT = 3_500;
const ANSWER_TIMEOUT = STATEMENT_TIMEOUT + 500;

/**
 * A statement is planned once and its plan kept, also one made while a table or a new partition was all but empty and
 * reading all of it was cheapest: a code then cost 1.4 ms among ten thousand instead of 0.14, until the next ANALYZE.
 * Every request looks up by an index, so the planner is to take one whatever the size.
 */
const LOOK_UP_BY_INDEX = '-c enable_seqscan=off';

const ignore = (): void => {};

/** What goes wrong reaches the caller as an error; knex would print it on stdout as well, where the log is. */
export const silentLog: Knex.Logger = { debug: ignore, deprecate: ignore, error: ignore, warn: ignore };

/**
 * Whether a connection may serve the next request. The driver gives up on a statement without ending it: what was sent
 * after it would wait for an answer that may never come, and a transaction may still be open.
 */
function isAtRest(connection: pg.Client & { readyForQuery?: boolean }): boolean {
  return connection.readyForQuery === true && connection.getTransactionStatus() === 'I';
}

export function openDatabase(
  url: string,
  { poolSize, preparedStatements, isPatient = false }: DatabaseOptions,
): Database {
  const pool = knex({
    client: 'pg',
    connection: {
      connectionString: url,
      connectionTimeoutMillis: ACQUIRE_TIMEOUT,
      // pgbouncer refuses a connection that asks for any of it.
      ...(preparedStatements && !isPatient
        ? { statement_timeout: STATEMENT_TIMEOUT, options: LOOK_UP_BY_INDEX }
        : {}),
      ...(isPatient ? {} : { query_timeout: ANSWER_TIMEOUT }),
      keepAlive: true,
      application_name: 'latchkey',
    },
    pool: { min: 0, max: poolSize, validate: isAtRest },
    acquireConnectionTimeout: ACQUIRE_TIMEOUT,
    log: silentLog,
  });

  return {
    knex: pool,
    async query<Row>(statement: Statement, values: unknown[]): Promise<Row[]> {
      const connection: pg.Client = await pool.client.acquireConnection();
      try {
        const { name, text } = statement;
        const result = await connection.query(preparedStatements ? { name, text, values } : { text, values });
        return result.rows as Row[];
      } finally {
        await pool.client.releaseConnection(connection);
      }
    },
    close: () => pool.destroy(),
  };
}
