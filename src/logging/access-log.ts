import type { Middleware } from 'koa';
import type { Logger } from './log.js';
import { loggedPath } from './logged-path.js';

// What probes ask every few seconds is of no interest to anybody.
const PROBES = new Set(['/healthz', '/readyz']);

/**
 * One line for each request, when its answer is out. Mounted after requestContext, which gives the request its id.
 */
export function accessLog(log: Logger): Middleware {
  return (ctx, next) => {
    const started = performance.now();
    const path = loggedPath(ctx.originalUrl);
    ctx.res.once('close', () => {
      const facts = {
        requestId: ctx.state.requestId,
        method: ctx.method,
        path,
        status: ctx.res.statusCode,
        ms: Math.round((performance.now() - started) * 10) / 10,
      };
      if (!ctx.res.writableFinished) log.info(facts, 'request given up by the client');
      else log[PROBES.has(path) ? 'debug' : 'info'](facts, 'request');
    });
    return next();
  };
}
