import { makeTemplate } from './database.js';
import { startTestPostgres } from './test-postgres.js';

/** Before all tests: one PostgreSQL for all workers. Jest asks for a default export. */
export default async function globalSetup(): Promise<void> {
  await makeTemplate(await startTestPostgres());
}
