/** What clients and browsers ask, each as one function: the request, and what a right answer to it holds. */
import type { Answer, HttpClient } from '../../../bench/load/http-client.js';
import type { Page } from '../../support/browser.js';
import { basic } from '../../support/oauth.js';
import type { TestApplication } from '../../support/people.js';

export const REDIRECT_URI = 'https://app.test/callback';

/** The server answered something that no circumstance excuses. */
export class WrongAnswer extends Error {
  readonly answer: Answer;

  constructor(what: string, answer: Answer) {
    super(`${what}: ${answer.status} ${answer.location ?? answer.text.slice(0, 300)}`);
    this.answer = answer;
  }
}

/** The server said no, or that it cannot at the moment: for the counts of a load. */
export class Refusal extends Error {
  readonly answer: Answer;

  constructor(answer: Answer) {
    super(`${answer.status} ${answer.location ?? answer.text.slice(0, 200)}`);
    this.answer = answer;
  }
}

/** @throws Refusal when it is not the page that was asked for */
export function requirePage(page: Page): Page {
  const { status, location, text, headers } = page;
  if (status !== 200) throw new Refusal({ status, location, text, headers: Object.fromEntries(headers) });
  return page;
}

export interface Tokens {
  access_token: string;
  refresh_token?: string;
  /** With the scope openid. */
  id_token?: string;
  expires_in: number;
}

/** Of a person who has signed in. */
export type Pair = Tokens & Required<Pick<Tokens, 'refresh_token'>>;

type App = Pick<TestApplication, 'clientId' | 'secret'>;

function readJson(answer: Answer): Record<string, unknown> {
  if (answer.status !== 200) throw new Refusal(answer);
  try {
    return JSON.parse(answer.text) as Record<string, unknown>;
  } catch {
    throw new WrongAnswer('not JSON', answer);
  }
}

function readTokens(answer: Answer, { withRefresh }: { withRefresh: boolean }): Tokens {
  const body = readJson(answer) as unknown as Tokens;
  if (!body.access_token || (withRefresh && !body.refresh_token)) throw new WrongAnswer('no tokens', answer);
  return body;
}

/** A browser that is signed in comes back with a code. @throws Refusal when it does not */
export async function askForCode(
  http: HttpClient,
  app: App,
  cookies: string,
  scope = 'read',
): Promise<string> {
  const asked = {
    response_type: 'code',
    client_id: app.clientId,
    redirect_uri: REDIRECT_URI,
    scope,
    state: 'reliability',
  };
  const answer = await http.get(`/o/authorize?${new URLSearchParams(asked)}`, {
    cookie: cookies,
    accept: 'text/html',
  });
  const code = answer.location?.startsWith(REDIRECT_URI) && new URL(answer.location).searchParams.get('code');
  if (!code) throw new Refusal(answer);
  return code;
}

export async function exchangeCode(http: HttpClient, app: App, code: string): Promise<Pair> {
  const fields = { grant_type: 'authorization_code', code, redirect_uri: REDIRECT_URI };
  return readTokens(await http.post('/o/token', fields, basic(app)), {
    withRefresh: true,
  }) as Pair;
}

export async function refreshTokens(http: HttpClient, app: App, token: string): Promise<Pair> {
  const fields = { grant_type: 'refresh_token', refresh_token: token };
  return readTokens(await http.post('/o/token', fields, basic(app)), {
    withRefresh: true,
  }) as Pair;
}

export async function askAsClient(http: HttpClient, app: App): Promise<Tokens> {
  const fields = { grant_type: 'client_credentials', scope: 'read' };
  return readTokens(await http.post('/o/token', fields, basic(app)), { withRefresh: false });
}

export async function askByPassword(
  http: HttpClient,
  app: App,
  username: string,
  password: string,
): Promise<Tokens> {
  const fields = { grant_type: 'password', username, password, scope: 'read' };
  return readTokens(await http.post('/o/token', fields, basic(app)), { withRefresh: false });
}

export interface Introspection {
  active: boolean;
  client_id?: string;
  exp?: number;
  username?: string;
}

export async function introspect(http: HttpClient, app: App, token: string): Promise<Introspection> {
  return readJson(await http.post('/o/introspect', { token }, basic(app))) as unknown as Introspection;
}

/** @returns the username, or undefined for a token that is refused */
export async function askProfile(http: HttpClient, token: string): Promise<string | undefined> {
  const answer = await http.get('/profile', { authorization: `Bearer ${token}` });
  return answer.status === 401 ? undefined : String(readJson(answer).username);
}

export async function revoke(http: HttpClient, app: App, token: string): Promise<void> {
  const answer = await http.post('/o/revoke_token', { token }, basic(app));
  if (answer.status !== 200) throw new Refusal(answer);
}
