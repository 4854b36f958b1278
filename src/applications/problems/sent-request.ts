/**
 * A refused request as it came in. It holds what is secret and lives in memory alone, until its cause is found; what is
 * stored of it is made in redact.ts.
 */
import type { Context } from 'koa';
import { networkPrefix } from '../../throttle/network-prefix.js';

export const ENDPOINTS = [
  'authorization',
  'token',
  'revocation',
  'introspection',
  'userinfo',
  'profile',
  'device_authorization',
  'end_session',
  'sign_in',
  'preflight',
] as const;
export type Endpoint = (typeof ENDPOINTS)[number];

export type Parameters = [name: string, value: string][];

export interface SentRequest {
  requestId: string;
  at: Date;
  endpoint: Endpoint;
  method: string;
  host: string;
  contentType: string;
  /** Of the body, in the order sent, those sent twice too; empty when the body could not be read as a form. */
  body: Parameters;
  url: Parameters;
  /** Each header Authorization as sent. */
  authorization: string[];
  /** A header that is no header of HTTP, which some send in its place. */
  authentication: string | undefined;
  origin: string | undefined;
  network: string;
  userAgent: string;
  /** Of a sign-in in progress. */
  interaction: string | undefined;
}

declare module 'koa' {
  interface DefaultState {
    /** The body of a request to an endpoint for programs, as sent. */
    sentParameters?: Parameters;
  }
}

function headersNamed({ rawHeaders }: Context['req'], name: string): string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);
}

// What comes after these is not looked at: no request of the protocol has as many, and looking costs.
const MOST_PARAMETERS = 60;

function parametersOfUrl(originalUrl: string): Parameters {
  const start = originalUrl.indexOf('?');
  return start < 0 ? [] : [...new URLSearchParams(originalUrl.slice(start + 1))];
}

/** @param known the parameters as the engine has them, for a sign-in that is taken up again without any in the URL */
export function readSentRequest(ctx: Context, endpoint: Endpoint, known: Parameters): SentRequest {
  const url = parametersOfUrl(ctx.originalUrl);
  const { sentParameters: body = [] } = ctx.state;
  const isResumed = endpoint === 'authorization' && !url.length;
  return {
    requestId: ctx.state.requestId,
    at: new Date(),
    endpoint,
    method: ctx.method,
    host: ctx.req.headers.host ?? '',
    contentType: headersNamed(ctx.req, 'content-type')[0] ?? '',
    body: body.slice(0, MOST_PARAMETERS),
    url: (isResumed ? known : url).slice(0, MOST_PARAMETERS),
    authorization: headersNamed(ctx.req, 'authorization'),
    authentication: headersNamed(ctx.req, 'authentication')[0],
    origin: ctx.get('Origin') || undefined,
    network: networkPrefix(ctx.state.network),
    userAgent: ctx.get('User-Agent'),
    interaction: /^\/interaction\/([^/]+)/.exec(ctx.path)?.[1],
  };
}

/** The value of a parameter, the one of the body before the one of the URL. */
export function sentValue({ body, url }: SentRequest, name: string): string | undefined {
  return [...body, ...url].find(([each]) => each === name)?.[1];
}

export function namesSentTwice({ body, url, endpoint }: SentRequest): string[] {
  const names = (endpoint === 'authorization' ? url : body).map(([name]) => name);
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}

export type BasicProblem = 'twice' | 'not_base64' | 'no_colon' | 'not_encoded' | 'not_readable';

export interface BasicHeader {
  /** undefined: it is as RFC 6749 2.3.1 wants it. */
  problem?: BasicProblem;
  clientId?: string;
  secret?: string;
}

const formDecode = (text: string) => decodeURIComponent(text.replaceAll('+', ' '));

function splitPair(pair: string): { clientId: string; secret: string } | undefined {
  const colon = pair.indexOf(':');
  return colon < 0 ? undefined : { clientId: pair.slice(0, colon), secret: pair.slice(colon + 1) };
}

/** What a header that begins with Basic says, as far as it can be made out; undefined for any other. */
export function readBasic({ authorization, authentication = '' }: SentRequest): BasicHeader | undefined {
  const header = [...authorization, authentication].find((each) => /^basic\b/i.test(each));
  if (header === undefined) return undefined;
  const words = header.trim().split(/\s+/).slice(1);
  const isTwice = words[0]?.toLowerCase() === 'basic' || authorization.length > 1;
  const encoded = words.filter((word) => word.toLowerCase() !== 'basic').join('');
  const inClear = splitPair(encoded);
  if (inClear) return { problem: 'not_base64', ...inClear };
  if (!/^[A-Za-z0-9+/]+=*$/.test(encoded)) return { problem: 'not_base64' };
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const pair = splitPair(text);
  if (!pair) return { problem: 'no_colon', clientId: text };
  if (isTwice) return { problem: 'twice', ...pair };
  try {
    return { clientId: formDecode(pair.clientId), secret: formDecode(pair.secret) };
  } catch {
    return { problem: 'not_encoded', ...pair };
  }
}

/** The client id as the client has sent it, wherever that is. */
export function sentClientId(sent: SentRequest): string | undefined {
  return sentValue(sent, 'client_id') ?? readBasic(sent)?.clientId;
}

export function sentSecret(sent: SentRequest): string | undefined {
  return sentValue(sent, 'client_secret') ?? readBasic(sent)?.secret;
}

/** The token of a resource request, wherever it was put. */
export function sentBearer(sent: SentRequest): string | undefined {
  const header = sent.authorization[0] ?? sent.authentication;
  return header?.trim().split(/\s+/).at(-1) ?? sentValue(sent, 'access_token') ?? sentValue(sent, 'token');
}
