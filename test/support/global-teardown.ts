import { stopTestPostgres } from './test-postgres.js';

/** After all tests. Jest asks for a default export. */
export default async function globalTeardown(): Promise<void> {
  await stopTestPostgres();
}
