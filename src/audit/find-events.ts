/**
 * Looks through the audit trail, the newest first. Only the events of one person or one application have an index, since
 * every index costs each sign-in something; whatever else is asked for is looked for piece by piece, and a page ends
 * where a piece ends, so that none takes long however large the trail is.
 */
import type { Knex } from 'knex';
import type { Db } from '../database/database.js';

export interface EventFilter {
  accountId?: number | undefined;
  clientId?: string | undefined;
  /** How its name begins: 'login' for login.succeeded, login.failed... */
  event?: string | undefined;
  /** Who acted in the place of somebody else, or administered. */
  actorId?: number | undefined;
  from?: Date | undefined;
  until?: Date | undefined;
}

export interface FoundEvent {
  id: number;
  at: Date;
  event: string;
  accountId: number | null;
  /** Undefined when there is no such account any more. */
  username: string | null;
  actorId: number | null;
  actor: string | null;
  clientId: string | null;
  network: string | null;
  requestId: string | null;
  details: Record<string, unknown>;
}

/** Where the next page goes on. */
export interface EventCursor {
  at: Date;
  id: number;
}

export interface EventPage {
  events: FoundEvent[];
  /** Undefined when there is nothing older. There may be nothing more that matches, too. */
  next: EventCursor | undefined;
}

/** Looked through for one page; some 100 ms. */
const PIECE = 100_000;

/** Ids are given when an event is written and `at` a moment before: two that happen at once may be the other way round. */
const DISORDER = 60_000;

/** The first id of an event at or after this moment, found by halving: ids are in the order of time. */
async function findIdAt(db: Db, moment: Date): Promise<number> {
  const [ends] = await db('audit_events').min({ first: 'id' }).max({ last: 'id' });
  let [low, high] = [Number(ends?.first ?? 0), Number(ends?.last ?? 0) + 1];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const row: { id: number; at: Date } | undefined = await db('audit_events')
      .where('id', '>=', middle)
      .where('id', '<', high)
      .orderBy('id')
      .first('id', 'at');
    if (!row) high = middle;
    else if (row.at < moment) low = row.id + 1;
    else high = middle;
  }
  return low;
}

const shifted = (moment: Date, by: number): Date => new Date(moment.getTime() + by);

/** The rows between the bounds, in the order in which an index has them. */
async function rowsOf(
  db: Db,
  { accountId, clientId, from, until }: EventFilter,
  after: EventCursor | undefined,
): Promise<{ rows: Knex.QueryBuilder; startingFrom: (edge: EventCursor) => Knex.QueryBuilder }> {
  const rows = db('audit_events');
  if (from) rows.where('at', '>=', from);
  if (until) rows.where('at', '<', until);
  if (accountId !== undefined) rows.where({ account_id: accountId });
  if (clientId !== undefined) rows.where({ client_id: clientId });
  if (accountId !== undefined || clientId !== undefined) {
    rows.orderBy([
      { column: 'at', order: 'desc' },
      { column: 'id', order: 'desc' },
    ]);
    if (after) rows.whereRaw('(at, id) < (?, ?)', [after.at, after.id]);
    const startingFrom = (edge: EventCursor) =>
      rows.clone().whereRaw('(at, id) >= (?, ?)', [edge.at, edge.id]);
    return { rows, startingFrom };
  }
  rows.orderBy('id', 'desc');
  if (after) rows.where('id', '<', after.id);
  else if (until) rows.where('id', '<', await findIdAt(db, shifted(until, DISORDER)));
  if (from) rows.where('id', '>=', await findIdAt(db, shifted(from, -DISORDER)));
  return { rows, startingFrom: (edge) => rows.clone().where('id', '>=', edge.id) };
}

/**
 * @param after the `next` of the page before
 * @param limit the most events of a page
 */
export async function findEvents(
  db: Db,
  filter: EventFilter,
  { after, limit }: { after?: EventCursor | undefined; limit: number },
): Promise<EventPage> {
  const { rows, startingFrom } = await rowsOf(db, filter, after);
  const isSelective = filter.event !== undefined || filter.actorId !== undefined;
  const edge: EventCursor | undefined = isSelective
    ? await rows
        .clone()
        .offset(PIECE - 1)
        .first('at', 'id')
    : undefined;
  const wanted = edge ? startingFrom(edge) : rows.clone();
  if (filter.event) wanted.whereRaw('starts_with(event, ?)', [filter.event]);
  if (filter.actorId !== undefined) wanted.where({ actor_id: filter.actorId });

  const found: FoundEvent[] = await db
    .from(
      wanted
        .select('*')
        .limit(limit + 1)
        .as('e'),
    )
    .leftJoin('accounts', 'accounts.id', 'e.account_id')
    .leftJoin('accounts as actors', 'actors.id', 'e.actor_id')
    .select(
      'e.id',
      'e.at',
      'e.event',
      'e.network',
      'e.details',
      'accounts.username',
      'actors.username as actor',
    )
    .select({
      accountId: 'e.account_id',
      actorId: 'e.actor_id',
      clientId: 'e.client_id',
      requestId: 'e.request_id',
    })
    .orderBy(filter.accountId === undefined && filter.clientId === undefined ? 'e.id' : 'e.at', 'desc')
    .orderBy('e.id', 'desc');
  const events = found.slice(0, limit);
  const last = events.at(-1);
  return { events, next: found.length > limit && last ? { at: last.at, id: last.id } : edge };
}
