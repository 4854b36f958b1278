/**
 * Cross-origin calls of single-page apps (Fetch standard). A preflight names no client, so the origin must be one of
 * any application; the request itself is then held to its own client's origins by the engine, and /profile is open to all of
 * them. Never with credentials: no cookie is needed on these endpoints.
 */
import type { Context, Middleware } from 'koa';
import type { Database } from '../../database/database.js';
import { hasOrigin } from './store.js';

const DAY = '86400';

export interface CorsDeps {
  database: Database;
  issuer: string;
}

/** @param isCrossOriginPath which paths scripts of other origins may call at all */
export function crossOriginCalls(deps: CorsDeps, isCrossOriginPath: (path: string) => boolean): Middleware {
  return async (ctx, next) => {
    if (!isCrossOriginPath(ctx.path)) return next();
    const origin = ctx.get('Origin');
    ctx.vary('Origin');
    if (!origin) {
      await next();
      // The engine opens an answer to everybody when nobody in particular asks; a cache might keep it.
      ctx.remove('Access-Control-Allow-Origin');
      return;
    }
    if (ctx.method === 'OPTIONS' && ctx.get('Access-Control-Request-Method')) {
      if (await isKnownOrigin(deps, origin)) allowPreflight(ctx, origin);
      ctx.status = 204;
      return;
    }
    try {
      await next();
    } finally {
      // An answer given before the client was known, such as invalid_client, was opened to whoever asked. A refusal
      // that was thrown, such as that of an expired token at /profile, must be readable too.
      const answeredForClient = (ctx as { oidc?: { client?: unknown } }).oidc?.client !== undefined;
      if (!answeredForClient) await openIfKnown(deps, ctx, origin);
    }
  };
}

async function openIfKnown(deps: CorsDeps, ctx: Context, origin: string): Promise<void> {
  // The answer is there already; a database that is away must not take it back.
  const isKnown = await isKnownOrigin(deps, origin).catch(() => false);
  if (isKnown) {
    ctx.set('Access-Control-Allow-Origin', origin);
    ctx.set('Access-Control-Expose-Headers', 'WWW-Authenticate');
  } else {
    ctx.remove('Access-Control-Allow-Origin');
  }
}

async function isKnownOrigin({ database, issuer }: CorsDeps, origin: string): Promise<boolean> {
  // What is no origin of the web (`null`, a NUL that PostgreSQL refuses) is nobody's.
  if (!/^https?:\/\/[\x21-\x7e]{1,255}$/.test(origin)) return false;
  return origin === new URL(issuer).origin || (await hasOrigin(database, origin, new Date()));
}

function allowPreflight(ctx: Context, origin: string): void {
  ctx.set('Access-Control-Allow-Origin', origin);
  ctx.set('Access-Control-Allow-Methods', 'GET, POST');
  ctx.set('Access-Control-Allow-Headers', 'Authorization, Content-Type');
  ctx.set('Access-Control-Max-Age', DAY);
}
