/**
 * What a request has to be before anybody looks at what it asks for. A session cookie comes along with requests of
 * other sites too; those cannot send JSON without asking this server first, which never allows it, and a browser says
 * where a request comes from. So no front end needs to fetch an anti-forgery token.
 */
import type { Context } from 'koa';
import bodyParser from 'koa-bodyparser';
import { findForeignSign } from '../http/csrf.js';
import { isSafeMethod } from '../http/safe-method.js';
import { foreignRequest, jsonExpected, unreadableJson } from './wrong-requests.js';

/** DELETE is not among them: it has nothing to send, and another site cannot send it without being allowed to. */
const WITH_BODY = ['POST', 'PUT', 'PATCH'];
const JSON_TYPE = /^application\/json *(;|$)/i;

const parse = bodyParser({
  enableTypes: ['json'],
  jsonLimit: '64kb',
  onerror(error) {
    const { status } = error as { status?: number };
    if (status === 413 || status === 415) throw error;
    throw unreadableJson(error);
  },
});

/**
 * @param secure the issuer is https
 * @throws AppError foreign_request, json_expected
 */
export function refuseForgery(ctx: Context, secure: boolean): void {
  if (isSafeMethod(ctx.method)) return;
  const sign = findForeignSign(ctx, secure);
  if (sign) throw foreignRequest(sign);
  requireJson(ctx);
}

/** @throws AppError json_expected */
export function requireJson(ctx: Context): void {
  if (WITH_BODY.includes(ctx.method) && !JSON_TYPE.test(ctx.get('Content-Type'))) throw jsonExpected();
}

/**
 * An object or an array.
 * @throws AppError json_expected, unreadable_json; 413 above the limit
 */
export async function readJsonValue(ctx: Context): Promise<unknown> {
  if (!JSON_TYPE.test(ctx.get('Content-Type'))) throw jsonExpected();
  await parse(ctx, async () => {});
  return ctx.request.body;
}

/** @throws AppError unreadable_json; 413 above the limit */
export async function readJson(ctx: Context): Promise<object> {
  await parse(ctx, async () => {});
  const { body } = ctx.request;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw unreadableJson();
  return body;
}
