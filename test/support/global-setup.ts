import { makeTemplate, URL_VARIABLE } from './database.js';
import { startTestPostgres } from './test-postgres.js';

/**
 * Before all tests: one PostgreSQL for all workers, unless the environment names one (the experiment `pgbouncer` of
 * test/reliability does). Jest asks for a default export.
 */
export default async function globalSetup(): Promise<void> {
  await makeTemplate(process.env[URL_VARIABLE] ?? (await startTestPostgres()));
}
