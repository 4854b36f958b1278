/**
 * Access tokens that people make for programs of their own: without an application and without a browser.
 *
 *   /account/tokens               GET, the list; POST makes one and shows it, once
 *   /account/tokens/new           GET, the form
 *   /account/tokens/:id/revoke    POST
 *
 * To make one asks for a recent sign-in. They are taken as bearer tokens by /profile and /o/userinfo, and told by
 * /o/introspect to applications that may introspect every token. Table: personal_tokens (store.ts).
 */
import Router from '@koa/router';
import type { Context } from 'koa';
import type {} from 'koa-bodyparser'; // gives ctx.request its body
import { type FieldErrors, notFound } from '../../http/errors.js';
import { parseForm, typedValues, valuesOf } from '../../http/form-input.js';
import { seeOther } from '../../http/see-other.js';
import { describeScope } from '../../scopes/scopes.js';
import { DEFAULT_TOKEN_LIFETIME, TOKEN_LIFETIMES } from '../../secrets/lifetimes.js';
import type { AccountDeps } from '../account-deps.js';
import { requireAccount } from '../require-account.js';
import { requireRecentSignIn } from '../require-recent-sign-in.js';
import { shortAddress } from '../short-address.js';
import { makePersonalToken, revokePersonalToken } from './change-tokens.js';
import { listPersonalTokensOf } from './store.js';
import { grantableScopes, tokenForm } from './token-form.js';

const FORM = '/account/tokens/new';

interface Typed {
  name?: string | undefined;
  days?: string | undefined;
  scopes: string[];
}

export function personalTokenRoutes(deps: AccountDeps): Router {
  const { config, database, pages } = deps;
  const router = new Router();

  const renderForm = (ctx: Context, values: Typed, errors: FieldErrors) => {
    const scopes = grantableScopes(config.scopes).map((name) => ({
      name,
      sentence: describeScope(config.scopes, name),
      isChosen: values.scopes.includes(name),
    }));
    const status = Object.keys(errors).length ? 422 : 200;
    pages.render(
      ctx,
      'accounts/personal-tokens/new',
      { values, scopes, errors, lifetimes: TOKEN_LIFETIMES },
      { status },
    );
  };

  router.get('/account/tokens', async (ctx) => {
    const account = requireAccount(ctx);
    const tokens = await listPersonalTokensOf(database.knex, account.id, new Date());
    const listed = tokens.map((token) => ({ ...token, lastNetwork: shortAddress(token.lastNetwork) }));
    pages.render(ctx, 'accounts/personal-tokens/list', {
      tokens: listed,
      isRevoked: ctx.query.revoked === 'yes',
    });
  });

  router.get(FORM, (ctx) => {
    requireRecentSignIn(ctx);
    renderForm(ctx, { days: DEFAULT_TOKEN_LIFETIME, scopes: [] }, {});
  });

  router.post('/account/tokens', async (ctx) => {
    const account = requireRecentSignIn(ctx, FORM);
    const { network, requestId, language } = ctx.state;
    const body = ctx.request.body as Record<string, unknown>;
    const refuse = (errors: FieldErrors) => {
      const scopes = valuesOf(body.scopes).map(String);
      renderForm(ctx, { ...typedValues(body, ['name', 'days']), scopes }, errors);
    };
    const form = parseForm(tokenForm(config.scopes), body);
    if (!form.ok) return refuse(form.errors);
    const result = await makePersonalToken(deps, account.id, form.value, { network, requestId, language });
    if (!result.ok) return refuse(result.errors);
    pages.render(ctx, 'accounts/personal-tokens/made', { name: form.value.name, value: result.value });
  });

  router.post('/account/tokens/:id/revoke', async (ctx) => {
    const account = requireAccount(ctx);
    const { network, requestId } = ctx.state;
    const id = /^\d{1,15}$/.test(ctx.params.id ?? '') ? Number(ctx.params.id) : 0;
    if (!(await revokePersonalToken(database, account.id, id, { network, requestId }))) throw notFound();
    seeOther(ctx, '/account/tokens?revoked=yes');
  });

  return router;
}
