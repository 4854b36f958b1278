import type Router from '@koa/router';
import type { Context } from 'koa';
import type { Operation } from './operation.js';

/** @param require what an API asks for beyond the operation's own description; it throws */
export function serveOperation(
  router: Router,
  operation: Operation,
  require: (ctx: Context) => void = () => {},
): void {
  const path = operation.path.replaceAll(/\{(\w+)\}/g, ':$1');
  router[operation.method](path, async (ctx: Context) => {
    require(ctx);
    const { status, body } = await operation.answer(ctx);
    ctx.status = status;
    ctx.set('Cache-Control', 'no-store');
    if (body !== undefined) ctx.body = body;
  });
}
