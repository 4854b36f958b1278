/**
 * Guards against plans that outlive what they were made for: a statement prepared while a partition was new and tiny read
 * all of it, and went on doing so for each sign-in when it had ten thousand codes (ten times the CPU of PostgreSQL).
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { exchange, introspect, profile, refresh } from '../support/oauth.js';
import { createApp, createPerson, getCode, signIn, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { until } from '../support/until.js';

const LOOKED_UP =
  '^(authorization_codes|access_tokens|refresh_tokens)_\\d+$|^(grants|sessions|accounts|consents)$';
// PostgreSQL tries a plan of its own for each of the first five executions, and keeps one for good with the sixth.
const UNTIL_THE_PLAN_IS_KEPT = 6;

let server: TestServer;
let app: TestApplication;

beforeAll(async () => {
  // One connection, so that all statements are prepared by it.
  server = await startTestServer({ DATABASE_POOL_SIZE: '1' });
  await createPerson(server, 'alice');
  app = await createApp(server, { skipConsent: true });
});

afterAll(() => server.stop());

async function useATokenOfEachKind(): Promise<void> {
  const code = await getCode(await signIn(server, 'alice'), app);
  const { body } = await exchange(server, app, code);
  const { body: refreshed } = await refresh(server, app, body.refresh_token);
  expect((await profile(server, refreshed.access_token)).status).toBe(200);
  expect((await introspect(server, app, refreshed.access_token)).body.active).toBe(true);
}

async function countReads(): Promise<{ whole: string[]; all: number }> {
  const { rows } = await server.database.knex.raw<{
    rows: { relname: string; seq_scan: number; idx_scan: number }[];
  }>(
    'SELECT relname, seq_scan, coalesce(idx_scan, 0) AS idx_scan FROM pg_stat_user_tables WHERE relname ~ ?',
    [LOOKED_UP],
  );
  return {
    whole: rows.map(({ relname, seq_scan }) => `${relname} ${seq_scan}`).sort(),
    all: rows.reduce((sum, { seq_scan, idx_scan }) => sum + seq_scan + idx_scan, 0),
  };
}

test('signing in, refreshing and asking for a profile reads no table from end to end, however small it was when the statement was planned', async () => {
  await server.database.knex.raw('ANALYZE');
  for (let i = 0; i < UNTIL_THE_PLAN_IS_KEPT; i++) await useATokenOfEachKind();
  const { knex } = server.database;
  await knex.raw('SELECT pg_stat_force_next_flush()');
  const before = await countReads();
  await useATokenOfEachKind();
  await knex.raw('SELECT pg_stat_force_next_flush()');
  await until(async () => (await countReads()).all >= before.all + 10);
  expect((await countReads()).whole).toEqual(before.whole);
});
