/**
 * One operation of the API: what it takes, what it answers, and the function that does it. Requests are checked by the
 * same object that the OpenAPI document is made from, so that neither can say what the other does not.
 */
import type { Context } from 'koa';
import type { z } from 'zod';
import type { Account } from '../accounts/account.js';
import { requireAccount } from '../accounts/require-account.js';
import { requireRecentSignIn } from '../accounts/require-recent-sign-in.js';
import { parseForm } from '../http/form-input.js';
import { readJson } from './read-json.js';
import { invalidFields } from './refusals.js';
import { tokenNotEnough } from './wrong-requests.js';

/**
 * Who may ask: anybody, the person signed in with this browser (or who has proved it within ten minutes), the bearer of an
 * access token as well, or nobody but a script with an API token (src/applications-api).
 */
export type Access = 'anybody' | 'signed-in' | 'recently-signed-in' | 'token-too' | 'api-token';

/** By status; null for an answer without a body. */
type Answers = Record<number, z.ZodType | null>;

type Reply<Given extends Answers> = {
  [Status in keyof Given]: Given[Status] extends z.ZodType
    ? { status: Status; body: z.input<Given[Status]> }
    : { status: Status };
}[keyof Given];

interface Asked<Who extends Access, Body, Query> {
  ctx: Context;
  /** Who is signed in; known to be somebody where that is asked for. */
  account: Who extends 'signed-in' | 'recently-signed-in' | 'api-token' ? Account : Account | undefined;
  body: Body;
  query: Query;
}

interface Description<Given extends Answers> {
  method: 'get' | 'post' | 'patch' | 'delete';
  /** As OpenAPI writes it: /api/account/applications/{id} */
  path: `/api/account/${string}` | `/api/applications${string}`;
  tag: string;
  summary: string;
  description?: string;
  answers: Given;
  /** Also for somebody who has to confirm their email address first (EMAIL_VERIFICATION=required). */
  isForUnverified?: boolean;
  /** Beyond what every operation of its kind may answer: when, by status. */
  refusals?: Record<number, string>;
}

interface Definition<Who extends Access, Body, Query, Given extends Answers> extends Description<Given> {
  access: Who;
  body?: z.ZodType<Body, unknown>;
  query?: z.ZodType<Query, unknown>;
  run(asked: Asked<Who, Body, Query>): Promise<Reply<Given>>;
}

export interface Operation extends Description<Answers> {
  access: Access;
  body?: z.ZodType | undefined;
  query?: z.ZodType | undefined;
  answer(ctx: Context): Promise<{ status: number; body?: unknown }>;
}

export function reply<Status extends number>(status: Status): { status: Status };
export function reply<Status extends number, Body>(
  status: Status,
  body: Body,
): { status: Status; body: Body };
export function reply(status: number, body?: unknown) {
  return { status, body };
}

/** A session cookie may come along with a token; which of the two was meant is not for us to guess. */
export const hasToken = (ctx: Context): boolean => /^bearer /i.test(ctx.get('Authorization'));

const REQUIRE: Record<Access, (ctx: Context) => Account | undefined> = {
  anybody: (ctx) => ctx.state.account,
  'token-too': (ctx) => ctx.state.account,
  'signed-in': (ctx) => requireAccount(ctx),
  'api-token': (ctx) => requireAccount(ctx),
  'recently-signed-in': (ctx) => requireRecentSignIn(ctx),
};

function check<T>(schema: z.ZodType<T, unknown> | undefined, sent: unknown): T | undefined {
  if (!schema) return undefined;
  const result = parseForm(schema, sent);
  if (!result.ok) throw invalidFields(result.errors);
  return result.value;
}

/** Types the function by the schemas, and puts before it what its description promises. */
export function operation<Who extends Access, Body, Query, Given extends Answers>(
  definition: Definition<Who, Body, Query, Given>,
): Operation {
  const { access, body, query, run, ...description } = definition;
  return {
    ...description,
    access,
    body,
    query,
    async answer(ctx) {
      if (hasToken(ctx) && access !== 'token-too' && access !== 'api-token') throw tokenNotEnough();
      const account = REQUIRE[access](ctx);
      const asked = {
        ctx,
        account,
        body: check(body, body && (await readJson(ctx))),
        query: check(query, ctx.query),
      } as Asked<Who, Body, Query>;
      return run(asked) as Promise<{ status: number; body?: unknown }>;
    },
  };
}
