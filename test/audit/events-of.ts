/** What the audit trail says of something. */
import { expect } from '@jest/globals';
import type { TestServer } from '../support/server.js';

interface Row {
  event: string;
  account_id: number | null;
  actor_id: number | null;
  client_id: string | null;
  network: string | null;
  request_id: string | null;
  at: Date;
  details: Record<string, unknown>;
}

/** The events that this leads to, oldest first. */
export async function eventsOf(server: TestServer, act: () => Promise<unknown>): Promise<Row[]> {
  const [last] = await server.database.knex('audit_events').max({ id: 'id' });
  await act();
  return server.database
    .knex('audit_events')
    .where('id', '>', Number(last?.id ?? 0))
    .orderBy('id');
}

/** Whoever it was, it came by a request from here. */
export const fromRequest = {
  network: expect.stringMatching(/^(127\.0\.0\.1|::1)$/),
  request_id: expect.stringMatching(/^[\w-]{36}$/),
  at: expect.any(Date),
};
