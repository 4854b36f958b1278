/**
 * Around everything that speaks the protocol: a refusal gets the address where it is explained (error_uri of RFC 6749
 * 4.1.2.1 and 5.2), and is noted for the owner of the application. A request that is answered pays for nothing but the
 * look at its status.
 */
import type { Context, Middleware } from 'koa';
import { enginePaths } from '../../engine/engine-paths.js';
import { addErrorUri, findEngineRefusal, findEngineView, refusalFrom } from '../../engine/refusals.js';
import { AppError, OAuthError } from '../../http/errors.js';
import type { Refused } from './cause.js';
import type { Problems } from './problems.js';
import { ENDPOINTS, type Endpoint, readSentRequest } from './sent-request.js';

const isOfEngine = (name: Endpoint): name is Endpoint & keyof typeof enginePaths => name in enginePaths;

const BY_PATH: Record<string, Endpoint> = {
  ...Object.fromEntries(ENDPOINTS.filter(isOfEngine).map((name) => [enginePaths[name], name])),
  '/profile': 'profile',
};

function endpointOf(path: string): Endpoint | undefined {
  if (path.startsWith('/interaction/')) return 'sign_in';
  // A sign-in that is resumed.
  if (path.startsWith(`${enginePaths.authorization}/`)) return 'authorization';
  return BY_PATH[path];
}

/** Where a sign-in ends on a page of ours by the way the application led there; other pages are between us and the person. */
const LOST_SIGN_INS = ['sign_in_interrupted', 'sign_in_expired', 'not_signed_in'];

interface NoticeDeps {
  issuer: string;
  problems: Problems;
  /** The path as the engine knows it. */
  pathOf: (path: string) => string;
}

type ErrorBody = { error: string; error_description?: string; error_uri?: string };

const isErrorBody = (body: unknown): body is ErrorBody =>
  typeof body === 'object' && body !== null && typeof (body as ErrorBody).error === 'string';

function refusedBy(error: unknown): Refused | undefined {
  if (error instanceof OAuthError)
    return { error: error.error, status: error.status, detail: error.message, reason: error.reason };
  if (!(error instanceof AppError) || error.status < 400) return undefined;
  const { code, status, message, cause } = error;
  return refusalFrom(cause) ?? { error: code, status, detail: message, reason: code };
}

/** Of a browser that asks whether it may call, and was not told that it may. */
const isRefusedPreflight = (ctx: Context): boolean =>
  ctx.method === 'OPTIONS' &&
  ctx.get('Access-Control-Request-Method') !== '' &&
  !ctx.response.get('Access-Control-Allow-Origin');

export function noticeRefusals({ issuer, problems, pathOf }: NoticeDeps): Middleware {
  const { origin } = new URL(issuer);

  /** @returns where it is explained */
  function notice(ctx: Context, endpoint: Endpoint, refused: Refused): string {
    if (refused.status < 500) {
      const { application, parameters } = findEngineView(ctx);
      problems.note({ sent: readSentRequest(ctx, endpoint, parameters), refused, known: application });
    }
    // Of the characters of RFC 6749 A.8. The page shows the part about the code whoever reads it.
    return `${origin}/errors/${ctx.state.requestId}#${refused.error}`;
  }

  function noticeAnswer(ctx: Context, path: string): void {
    const endpoint = endpointOf(pathOf(path));
    if (!endpoint) return;
    if (isRefusedPreflight(ctx)) {
      const refused = { error: 'origin_not_allowed', status: ctx.status, detail: '', reason: undefined };
      notice(ctx, 'preflight', refused);
      return;
    }
    const refusal = findEngineRefusal(ctx.req);
    const { body, status } = ctx;
    if (status >= 400 && isErrorBody(body)) {
      const { error, error_description: detail = '' } = body;
      body.error_uri = notice(ctx, endpoint, { detail, reason: undefined, ...refusal, error, status });
    } else if (refusal && isOnItsWay(ctx, refusal.error)) {
      addErrorUri(ctx, notice(ctx, endpoint, refusal));
    }
  }

  return async (ctx, next) => {
    // The engine's routes change it.
    const { path } = ctx;
    try {
      await next();
    } catch (error) {
      const endpoint = endpointOf(pathOf(path));
      const refused = endpoint && refusedBy(error);
      const isOfApplication = endpoint !== 'sign_in' || LOST_SIGN_INS.includes(refused?.error ?? '');
      if (refused && isOfApplication) ctx.state.errorUri = notice(ctx as Context, endpoint, refused);
      throw error;
    }
    if (ctx.status >= 300 || ctx.method === 'OPTIONS') noticeAnswer(ctx as Context, path);
  };
}

/** Whether the error goes back to the client by way of the browser. */
function isOnItsWay(ctx: Context, error: string): boolean {
  const { body } = ctx;
  if (typeof body === 'string' && body.includes('<input type="hidden" name="error"')) return true;
  return ctx.response.get('Location').includes(`error=${error}`);
}
