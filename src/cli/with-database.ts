import type { Config } from '../config/config.js';
import { type Database, openDatabase } from '../database/database.js';
import { startEmbeddedDatabase } from '../database/embedded.js';
import { prepareSchema } from '../database/prepare-schema.js';

const say = (line: string) => process.stderr.write(`${line}\n`);

/**
 * Runs a command's work on the database, whether a server is running or not: the embedded one is shared with the
 * server, or started for the command alone.
 */
export async function withDatabase<T>(
  config: Config,
  work: (database: Database) => Promise<T>,
  { isPatient = false } = {},
): Promise<T> {
  const embedded = config.databaseUrl
    ? undefined
    : await startEmbeddedDatabase({ dataDir: config.dataDir, onProgress: say });
  try {
    const url = config.databaseUrl ?? embedded!.url;
    await prepareSchema(url);
    const database = openDatabase(url, {
      poolSize: 2,
      preparedStatements: config.databasePreparedStatements,
      isPatient,
    });
    try {
      return await work(database);
    } finally {
      await database.close();
    }
  } finally {
    await embedded?.stop();
  }
}
