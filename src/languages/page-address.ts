import type { Context } from 'koa';
import type {} from 'koa-bodyparser'; // gives ctx.request its body
import { safeNext } from '../accounts/safe-next.js';

/**
 * Where a browser finds the page it is looking at again, to read it in another language. The page that answers a form
 * is found at the address of the form. Where it leads on (`next`) is kept if it may be followed, and else not repeated.
 */
export function pageAddress(ctx: Context): string {
  const { next: posted } = (ctx.request.body ?? {}) as { next?: unknown };
  const parameters = new URLSearchParams(ctx.method === 'GET' ? ctx.querystring : '');
  const next = safeNext(ctx.method === 'GET' ? ctx.query.next : posted);
  if (next === '/') parameters.delete('next');
  else parameters.set('next', next);
  return parameters.size ? `${ctx.path}?${parameters}` : ctx.path;
}
