import type { Context } from 'koa';

/** What only this browser knows: the token of its forms, which follows from a cookie (src/http/csrf.ts). */
export function browserOf(ctx: Context): string {
  return ctx.state.csrfToken ?? '';
}
