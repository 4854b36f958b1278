import type { Context } from 'koa';

/** Whether this reader is a program: it prefers JSON, or the address is part of an API. */
export function wantsJson(ctx: Context): boolean {
  return ctx.path.startsWith('/api/') || ctx.accepts('html', 'json') === 'json';
}
