import type { Context } from 'koa';

/** After a POST: the browser goes on with a GET and never sends the form again (RFC 9110 15.4.4). */
export function seeOther(ctx: Context, path: string): void {
  ctx.status = 303;
  ctx.set('Location', path);
  ctx.set('Cache-Control', 'no-store');
}
