/** The audit trail on a page, and as a file. */
import { Readable } from 'node:stream';
import type { Context } from 'koa';
import type { Account } from '../accounts/account.js';
import { findAccountByUsername } from '../accounts/store.js';
import { recordEvent } from '../audit/audit.js';
import { type EventCursor, type EventFilter, findEvents } from '../audit/find-events.js';
import type { Db } from '../database/database.js';
import type { FieldErrors } from '../http/errors.js';
import { trimmedTextOf } from '../http/form-input.js';
import { findId } from '../http/row-id.js';
import type { AdministrationDeps } from './administration-deps.js';
import { asCsv, asJsonLines } from './export-events.js';

const PAGE_SIZE = 50;
const FIELDS = ['person', 'application', 'event', 'actor', 'from', 'until'] as const;

interface AskedFor {
  /** As typed, to be shown again. */
  values: Record<string, string>;
  filter: EventFilter;
  errors: FieldErrors;
}

/** A moment as the field has it, in UTC: 2026-11-23 or 2026-11-23T22:10. */
function readMoment(typed: string): Date | undefined {
  if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?)?$/.test(typed)) return undefined;
  const moment = new Date(typed.includes('T') ? `${typed}Z` : `${typed}T00:00Z`);
  return Number.isNaN(moment.getTime()) ? undefined : moment;
}

async function readFilter(db: Db, ctx: Context): Promise<AskedFor> {
  const values = Object.fromEntries(FIELDS.map((name) => [name, trimmedTextOf(ctx.query[name])]));
  const errors: FieldErrors = {};
  const personOf = async (name: 'person' | 'actor') => {
    const typed = values[name];
    if (!typed) return undefined;
    const account = await findAccountByUsername(db, typed);
    // Somebody who is gone has left events under the id alone.
    const id = account?.id ?? findId(typed);
    if (id === undefined) errors[name] = 'There is no such user.';
    return id;
  };
  const momentOf = (name: 'from' | 'until') => {
    const typed = values[name];
    if (!typed) return undefined;
    const moment = readMoment(typed);
    if (!moment) errors[name] = 'Write a day, or a day and a time: 2026-11-23 or 2026-11-23T22:10.';
    return moment;
  };
  const filter: EventFilter = {
    accountId: await personOf('person'),
    actorId: await personOf('actor'),
    clientId: values.application || undefined,
    event: values.event || undefined,
    from: momentOf('from'),
    until: momentOf('until'),
  };
  return { values, filter, errors };
}

/** As the address has it: the moment in milliseconds, and the id. */
function readCursor(typed: string): EventCursor | undefined {
  const [, at, id] = /^(\d{1,15})-(\d{1,15})$/.exec(typed) ?? [];
  if (!at || !id) return undefined;
  const moment = new Date(Number(at));
  return Number.isNaN(moment.getTime()) ? undefined : { at: moment, id: Number(id) };
}

export async function showAudit({ database, pages }: AdministrationDeps, ctx: Context): Promise<void> {
  const { values, filter, errors } = await readFilter(database.knex, ctx);
  const isRefused = Object.keys(errors).length > 0;
  const after = readCursor(trimmedTextOf(ctx.query.after));
  const { events, next } = isRefused
    ? { events: [], next: undefined }
    : await findEvents(database.knex, filter, { after, limit: PAGE_SIZE });
  const asked = Object.fromEntries(Object.entries(values).filter(([, value]) => value));
  const query = (more: Record<string, string>) => new URLSearchParams({ ...asked, ...more }).toString();
  pages.render(
    ctx,
    'administration/audit',
    {
      values,
      errors,
      events,
      isFiltered: Object.keys(asked).length > 0,
      older: next && `/admin/audit?${query({ after: `${next.at.getTime()}-${next.id}` })}`,
      exports: {
        jsonl: `/admin/audit/export?${query({ format: 'jsonl' })}`,
        csv: `/admin/audit/export?${query({ format: 'csv' })}`,
      },
    },
    { status: isRefused ? 422 : 200 },
  );
}

/** Streamed, so that a trail of any length takes no more memory than a page of it. */
export async function exportAudit(deps: AdministrationDeps, ctx: Context, admin: Account): Promise<void> {
  const { database } = deps;
  const { values, filter, errors } = await readFilter(database.knex, ctx);
  if (Object.keys(errors).length) return showAudit(deps, ctx);
  const isCsv = trimmedTextOf(ctx.query.format) === 'csv';
  const at = new Date();
  const { network, requestId } = ctx.state;
  await recordEvent(database.knex, {
    event: 'audit.exported',
    at,
    accountId: admin.id,
    network,
    requestId,
    details: Object.fromEntries(Object.entries(values).filter(([, value]) => value)),
  });
  ctx.type = isCsv ? 'text/csv; charset=utf-8' : 'application/jsonl; charset=utf-8';
  const day = at.toISOString().slice(0, 10);
  ctx.set('Content-Disposition', `attachment; filename="audit-${day}.${isCsv ? 'csv' : 'jsonl'}"`);
  ctx.set('Cache-Control', 'no-store');
  ctx.body = Readable.from((isCsv ? asCsv : asJsonLines)(database.knex, filter));
}
