/** Why the engine has refused a request, for the explanation that the application's owner reads. */
import type { IncomingMessage } from 'node:http';
import type { Context } from 'koa';
import type Provider from 'oidc-provider';
import type { Client } from 'oidc-provider';
import type { Application } from '../applications/application.js';
import { applicationOf } from './clients.js';

export interface EngineRefusal {
  /** The error code of the protocol. */
  error: string;
  status: number;
  /** What the engine knows of the cause and mostly does not answer; else what it answers. Its words, which are pinned. */
  detail: string;
  /** Where it is an error of ours (http/errors.ts, because). */
  reason: string | undefined;
}

const EVENTS = [
  'authorization.error',
  'grant.error',
  'introspection.error',
  'revocation.error',
  'userinfo.error',
  'device_authorization.error',
  'end_session.error',
] as const;

interface EngineError extends Error {
  error?: string;
  statusCode?: number;
  error_detail?: string;
  error_description?: string;
  reason?: string;
}

const refusals = new WeakMap<IncomingMessage, EngineRefusal>();

/** @returns undefined when it is no error of the engine */
export function refusalFrom(error: unknown): EngineRefusal | undefined {
  if (!(error instanceof Error) || !('error_description' in error)) return undefined;
  const known = error as EngineError;
  const { error: code, message, statusCode = 400, error_detail, error_description, reason } = known;
  return {
    error: code ?? message,
    status: statusCode,
    detail: error_detail ?? error_description ?? '',
    reason,
  };
}

/** Of several for one request the last is what it was answered with. */
export function rememberRefusals(engine: Provider): void {
  const remember = (ctx: { req: IncomingMessage }, error: unknown) => {
    const refusal = refusalFrom(error);
    if (refusal) refusals.set(ctx.req, refusal);
  };
  const on = engine.on.bind(engine) as (event: string, listener: typeof remember) => unknown;
  for (const event of EVENTS) on(event, remember);
}

export const findEngineRefusal = (req: IncomingMessage): EngineRefusal | undefined => refusals.get(req);

/** What the engine knew of a request when it refused it. */
export interface EngineView {
  /** The client that was named, whether it proved itself or not. */
  application?: Application;
  parameters: [string, string][];
}

export function findEngineView(ctx: Context): EngineView {
  const { oidc } = ctx as Context & { oidc?: { client?: Client; params?: Record<string, unknown> } };
  const parameters = Object.entries(oidc?.params ?? {}).flatMap(([name, value]): [string, string][] =>
    typeof value === 'string' ? [[name, value]] : [],
  );
  return oidc?.client ? { application: applicationOf(oidc.client), parameters } : { parameters };
}

/**
 * Puts the parameter error_uri (RFC 6749 4.1.2.1) into the answer that goes to the client by way of the browser, however
 * it goes; the engine has no place for it.
 */
export function addErrorUri(ctx: Context, errorUri: string): void {
  const location = ctx.response.get('Location');
  if (location) {
    const separator = /[?#]/.test(location) ? '&' : '?';
    ctx.set('Location', `${location}${separator}error_uri=${encodeURIComponent(errorUri)}`);
  } else if (typeof ctx.body === 'string') {
    // response_mode=form_post: the uri has no character that HTML would read otherwise.
    ctx.body = ctx.body.replace(
      '<noscript>',
      `<input type="hidden" name="error_uri" value="${errorUri}"/><noscript>`,
    );
  }
}
