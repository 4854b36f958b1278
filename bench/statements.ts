import { open, stat } from 'node:fs/promises';
import type { BenchPostgres } from './postgres.js';

export interface CountedStatement {
  /** The name of a prepared statement, or the beginning of one that has none. */
  statement: string;
  perOperation: number;
}

const LOG_ON = [
  `ALTER SYSTEM SET log_line_prefix = '%d|'`,
  'ALTER SYSTEM SET log_min_duration_statement = 0',
];
const LOG_OFF = ['ALTER SYSTEM RESET log_line_prefix', 'ALTER SYSTEM RESET log_min_duration_statement'];

// Milliseconds until every backend has read a changed setting.
const RELOAD = 300;
const LONGEST_LABEL = 70;

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function setLogging(postgres: BenchPostgres, settings: string[]): Promise<void> {
  await postgres.run('postgres', ...settings, 'SELECT pg_reload_conf()');
  await pause(RELOAD);
}

async function readFrom(file: string, position: number): Promise<string> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const { buffer } = await handle.read(Buffer.alloc(size - position), 0, size - position, position);
    return buffer.toString('utf8');
  } finally {
    await handle.close();
  }
}

/** Parse and bind are logged as well, but travel in the same message as the execute they belong to. */
function findStatement(line: string, database: string): string | undefined {
  const logged = /^([^|]*)\|LOG: {2}duration: \S+ ms {2}(?:execute ([^:]+)|statement): (.*)$/.exec(line);
  if (!logged || logged[1] !== database) return undefined;
  const [, , name, text = ''] = logged;
  return name && name !== '<unnamed>' ? name : text.slice(0, LONGEST_LABEL).trim();
}

/**
 * What reaches the database during `run`, statement by statement, as PostgreSQL logs it.
 * @param run answers how many operations it did
 */
export async function countStatements(
  postgres: BenchPostgres,
  database: string,
  run: () => Promise<number>,
): Promise<CountedStatement[]> {
  await setLogging(postgres, LOG_ON);
  const { size } = await stat(postgres.logFile);
  const operations = await run();
  const log = await readFrom(postgres.logFile, size);
  await setLogging(postgres, LOG_OFF);

  const counts = new Map<string, number>();
  for (const line of log.split('\n')) {
    const statement = findStatement(line, database);
    if (statement) counts.set(statement, (counts.get(statement) ?? 0) + 1);
  }
  const counted = [...counts].map(([statement, count]) => ({ statement, perOperation: count / operations }));
  return counted.sort((a, b) => b.perOperation - a.perOperation);
}
