/**
 * The page behind the one-time link that makes the first superuser and signs them in.
 *
 * URL: /superuser?token=... (GET shows the form and uses nothing up, POST makes the account). Tables: one_time_links,
 * accounts. The link itself comes from the start of the server or from `latchkey superuser-link`.
 */
import { Router } from '@koa/router';
import type { Context } from 'koa';
import type { Config } from '../config/config.js';
import type { Database } from '../database/database.js';
import type { BrowserSessions } from '../engine/browser-sessions.js';
import { textOf, typedValues } from '../http/form-input.js';
import type { Pages } from '../http/pages.js';
import { seeOther } from '../http/see-other.js';
import type { KnownBrowsers } from './known-browsers.js';
import type { Passwords } from './passwords.js';
import { signInToNewAccount } from './sign-in-here.js';
import { checkSuperuserLink, makeFirstSuperuser } from './superuser-link.js';

export interface SuperuserDeps {
  config: Config;
  database: Database;
  pages: Pages;
  passwords: Passwords;
  sessions: BrowserSessions;
  knownBrowsers: KnownBrowsers;
}

const VIEW = 'accounts/make-superuser';

function readForm(ctx: Context) {
  const body = (ctx.request.body ?? {}) as Record<string, unknown>;
  const fields = {
    username: textOf(body.username),
    email: textOf(body.email),
    password: textOf(body.password),
  };
  return { token: textOf(body.token), fields, values: typedValues(body, ['username', 'email']) };
}

export function superuserRoutes({
  config,
  database,
  pages,
  passwords,
  sessions,
  knownBrowsers,
}: SuperuserDeps): Router {
  const { minLength } = config.passwords;
  return new Router()
    .get('/superuser', async (ctx) => {
      const token = textOf(ctx.query.token);
      await checkSuperuserLink(database.knex, token, new Date());
      pages.render(ctx, VIEW, { token, minLength, values: {}, errors: {} });
    })
    .post('/superuser', async (ctx) => {
      const { token, fields, values } = readForm(ctx);
      const { network, requestId } = ctx.state;
      const result = await makeFirstSuperuser({ database, passwords }, token, fields, { network, requestId });
      if (!result.ok) {
        const locals = { token, minLength, values, errors: result.errors };
        pages.render(ctx, VIEW, locals, { status: 422 });
        return;
      }
      await signInToNewAccount({ sessions, knownBrowsers }, ctx, result.account);
      seeOther(ctx, '/');
    });
}
