/**
 * Ready-to-paste configuration for the stacks people use.
 *
 * URLs, below /applications/<id> (and /o/applications/<id>): /connect lists the stacks, /connect/<stack>?site= shows one
 * filled in, /connect/<stack>/files/<file>?site= downloads one of its files, and POST /connect/<stack>/callback registers
 * the redirect URI that the stack sends. Tables: none of its own; a redirect URI is added like every change of an application.
 */
import { Router } from '@koa/router';
import type { Context } from 'koa';
import type { Account } from '../../accounts/account.js';
import { notFound } from '../../http/errors.js';
import { textOf } from '../../http/form-input.js';
import { seeOther } from '../../http/see-other.js';
import { withoutTrailingSlashes } from '../../http/trailing-slashes.js';
import type { Sentence } from '../../languages/texts.js';
import { scopesOf } from '../../scopes/scopes.js';
import type { Application } from '../application.js';
import { type ApplicationDeps, bodyOf, changeBy, pathsOf, withApplication } from '../application-pages.js';
import { endpointsOf } from '../endpoints.js';
import { addRedirectUri } from '../redirect-uris/add-redirect-uri.js';
import { isRegistered } from '../redirect-uris/redirect-uris.js';
import { FAMILIES, type Snippet, type Stack } from './stack.js';
import { stacks } from './stacks/index.js';

export function connectRoutes(deps: ApplicationDeps): Router {
  const router = new Router();
  router.get(
    pathsOf('/:id/connect'),
    withApplication(deps, (ctx, application) => showStacks(deps, ctx, application)),
  );
  router.get(
    pathsOf('/:id/connect/:stack'),
    withApplication(deps, (ctx, application) => showStack(deps, ctx, application)),
  );
  router.get(
    pathsOf('/:id/connect/:stack/files/:file'),
    withApplication(deps, (ctx, application) => sendFile(deps, ctx, application)),
  );
  router.post(
    pathsOf('/:id/connect/:stack/callback'),
    withApplication(deps, (ctx, application, account) => registerCallback(deps, ctx, application, account)),
  );
  return router;
}

function showStacks({ pages }: ApplicationDeps, ctx: Context, application: Application): void {
  const families = FAMILIES.map((family) => ({
    family,
    stacks: stacks
      .filter((stack) => stack.family === family)
      .map((stack) => ({ ...stack, obstacle: stack.findObstacle?.(application) })),
  })).filter((each) => each.stacks.length);
  pages.render(ctx, 'applications/connect/list', { application, families });
}

/** @throws AppError 404 */
function getStack(ctx: Context): Stack {
  const stack = stacks.find(({ name }) => name === ctx.params.stack);
  if (!stack) throw notFound();
  return stack;
}

// A URL may have quotes and brackets in its host, and what is pasted is code: a link to this page could bring some along.
const ORIGIN = /^https?:\/\/([a-z0-9-]+(\.[a-z0-9-]+)*|\[[0-9a-f:]+\])(:\d+)?$/;

/** The origin of the developer's site as typed, or where the stack usually is. */
function siteOf(stack: Stack, typed: unknown): { site: string; problem?: string } {
  const usual = stack.usualSite ?? '';
  const text = withoutTrailingSlashes(textOf(typed).trim());
  if (!text || !stack.usualSite) return { site: usual };
  const origin = /^https?:\/\/[^/@]+$/i.test(text) && URL.canParse(text) ? new URL(text).origin : '';
  if (ORIGIN.test(origin)) return { site: origin };
  return {
    site: usual,
    problem: 'Write the address of your site without a path, such as https://app.example.com.',
  };
}

function snippetsOf(
  { config }: ApplicationDeps,
  stack: Stack,
  application: Application,
  site: string,
): Snippet[] {
  return stack.snippetsFor({
    application,
    endpoints: endpointsOf(config.issuer),
    secret: application.clientType === 'public' ? '' : 'CLIENT_SECRET',
    site,
    scopes: scopesOf(application, config),
  });
}

function showStack(
  deps: ApplicationDeps,
  ctx: Context,
  application: Application,
  typedSite: unknown = ctx.query.site,
  problem?: Sentence,
): void {
  const stack = getStack(ctx);
  const { site, problem: siteProblem } = siteOf(stack, typedSite);
  const redirectUri = stack.redirectUriOf?.(site);
  const status = siteProblem || problem ? 422 : 200;
  deps.pages.render(
    ctx,
    'applications/connect/stack',
    {
      application,
      stack,
      obstacle: stack.findObstacle?.(application),
      site: siteProblem ? textOf(typedSite) : site,
      siteProblem: siteProblem ?? problem,
      redirectUri,
      isRegistered: redirectUri ? isRegistered(application, redirectUri) : false,
      snippets: snippetsOf(deps, stack, application, site),
    },
    { status },
  );
}

/** @throws AppError 404 */
function sendFile(deps: ApplicationDeps, ctx: Context, application: Application): void {
  const stack = getStack(ctx);
  const { site } = siteOf(stack, ctx.query.site);
  const snippet = snippetsOf(deps, stack, application, site).find(({ file }) => file === ctx.params.file);
  if (!snippet?.download) throw notFound();
  ctx.attachment(snippet.file);
  ctx.type = snippet.download;
  ctx.set('Cache-Control', 'no-store');
  ctx.body = snippet.text;
}

async function registerCallback(
  deps: ApplicationDeps,
  ctx: Context,
  application: Application,
  account: Account,
): Promise<void> {
  const stack = getStack(ctx);
  const typed = bodyOf(ctx).site;
  const { site, problem: siteProblem } = siteOf(stack, typed);
  const redirectUri = stack.redirectUriOf?.(site);
  if (!redirectUri) throw notFound();
  if (siteProblem) return showStack(deps, ctx, application, typed);
  const { problem } = await addRedirectUri(deps, application.id, redirectUri, {
    isTrusted: account.isSuperuser,
    ...changeBy(ctx, account),
  });
  if (problem) return showStack(deps, ctx, application, typed, problem);
  seeOther(ctx, `/applications/${application.id}/connect/${stack.name}?site=${encodeURIComponent(site)}`);
}
