/**
 * The mails of a server that has no mail server, for whoever tries it out or works on it:
 *
 *   /dev/mails        the latest, as text
 *   /dev/mails/<id>   one as HTML, as it would have been sent
 *
 * Only where the issuer and the address listened on are this machine's alone (MailConfig 'kept'), and only for requests
 * from this machine: the mails hold links that sign people in. Table: outgoing_mails (outbox.ts).
 */
import { isIP } from 'node:net';
import { Router } from '@koa/router';
import type { Context, Middleware } from 'koa';
import type { Config } from '../config/config.js';
import type { Database } from '../database/database.js';
import { notFound } from '../http/errors.js';
import type { Pages } from '../http/pages.js';
import type { Mails } from './mails.js';

interface MailRoutesDeps {
  config: Config;
  database: Database;
  pages: Pages;
  mails: Mails;
}

const isLoopback = (address: string): boolean =>
  isIP(address) === 6 ? address === '::1' : address.startsWith('127.');

async function showMail({ database, mails }: MailRoutesDeps, ctx: Context): Promise<void> {
  const mail = (await mails.listKept(database.knex)).find(({ id }) => String(id) === ctx.params.id);
  if (!mail) throw notFound();
  ctx.type = 'html';
  ctx.set('Cache-Control', 'no-store');
  ctx.set(
    'Content-Security-Policy',
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; object-src 'none'",
  );
  ctx.body = mail.html;
}

export function mailRoutes(deps: MailRoutesDeps): Router {
  const router = new Router();
  if (deps.config.mail.mode !== 'kept') return router;
  const onThisMachine: Middleware = async (ctx, next) => {
    // A proxy on this machine brings strangers along.
    const isForwarded = ['x-forwarded-for', 'forwarded', 'via'].some((name) => ctx.req.headers[name]);
    if (isForwarded || !isLoopback(ctx.state.network)) throw notFound();
    await next();
  };
  router.get('/dev/mails', onThisMachine, async (ctx) => {
    deps.pages.render(ctx, 'mails/kept', { mails: await deps.mails.listKept(deps.database.knex) });
  });
  router.get('/dev/mails/:id', onThisMachine, (ctx) => showMail(deps, ctx));
  return router;
}
