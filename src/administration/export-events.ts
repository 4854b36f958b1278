/** The audit trail as text, for another program: the newest first, read and written piece by piece. */
import { type EventCursor, type EventFilter, type FoundEvent, findEvents } from '../audit/find-events.js';
import type { Db } from '../database/database.js';

const ROWS_AT_ONCE = 1_000;

async function* pagesOf(db: Db, filter: EventFilter): AsyncGenerator<FoundEvent[]> {
  let after: EventCursor | undefined;
  do {
    const page = await findEvents(db, filter, { after, limit: ROWS_AT_ONCE });
    yield page.events;
    after = page.next;
  } while (after);
}

const toJson = (event: FoundEvent) => ({
  id: event.id,
  at: event.at.toISOString(),
  event: event.event,
  account_id: event.accountId,
  username: event.username,
  actor_id: event.actorId,
  actor: event.actor,
  client_id: event.clientId,
  network: event.network,
  request_id: event.requestId,
  details: event.details,
});

export async function* asJsonLines(db: Db, filter: EventFilter): AsyncGenerator<string> {
  for await (const events of pagesOf(db, filter))
    yield events.map((event) => `${JSON.stringify(toJson(event))}\n`).join('');
}

/** RFC 4180; what a spreadsheet would run as a formula is kept from it by an apostrophe. */
function cell(value: unknown): string {
  const text = value === null ? '' : String(value);
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

export async function* asCsv(db: Db, filter: EventFilter): AsyncGenerator<string> {
  const names = [
    'id',
    'at',
    'event',
    'account_id',
    'username',
    'actor_id',
    'actor',
    'client_id',
    'network',
    'request_id',
    'details',
  ] as const;
  yield `${names.join(',')}\r\n`;
  for await (const events of pagesOf(db, filter)) {
    const rows = events.map((event) => {
      const row = { ...toJson(event), details: JSON.stringify(event.details) };
      return `${names.map((name) => cell(row[name])).join(',')}\r\n`;
    });
    yield rows.join('');
  }
}
