/**
 * What breaks inside the engine (a database that is away, a full password queue, a mistake of ours) ends in an answer
 * of the engine's own, 500 and unlogged. It is taken out of there again, for the error handler to answer and to log.
 */
import type { Context } from 'koa';
import type Provider from 'oidc-provider';
import { isDatabaseOutOfReach } from '../database/out-of-reach.js';
import { AppError, OAuthError, overloaded } from '../http/errors.js';
import type { Logger } from '../logging/log.js';
import { loggedPath } from '../logging/logged-path.js';

const failures = new WeakMap<object, Error>();

export function rememberFailures(engine: Provider): void {
  engine.on('server_error', (ctx, error) => failures.set(ctx.req, error));
}

function toOAuthError(error: Error): OAuthError {
  const known = isDatabaseOutOfReach(error) ? overloaded(2, error) : error;
  if (known instanceof AppError && known.status === 503) {
    const { status, headers, cause } = known;
    return new OAuthError(status, 'temporarily_unavailable', 'the server is busy, please try again', {
      headers,
      cause,
    });
  }
  return new OAuthError(500, 'server_error', 'something went wrong on our side', { cause: error });
}

/**
 * After the engine has answered: its 500 becomes ours; what it has answered in another way (a page) is only logged.
 * @throws OAuthError
 */
export function reportFailure(ctx: Context, log: Logger): void {
  const error = failures.get(ctx.req);
  if (!error) return;
  if (ctx.status >= 500) throw toOAuthError(error);
  log.error({ requestId: ctx.state.requestId, path: loggedPath(ctx.path), err: error }, 'request failed');
}
