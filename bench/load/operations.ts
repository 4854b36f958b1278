/** What is measured: each operation as the requests a client makes, and what a right answer to them is. */
import type { Client, OperationName, Person, Target } from '../target.js';
import type { Answer, HttpClient } from './http-client.js';

/** The server answered, but not what the operation asks for. */
export class WrongAnswer extends Error {}

/** One of the connections, with the person who uses it. */
export interface Visitor {
  http: HttpClient;
  target: Target;
  person: Person;
  /** Operations so far; the tokens are taken in turn by it. */
  done: number;
}

export interface Tokens {
  access_token: string;
  refresh_token: string;
}

type Operation = (visitor: Visitor) => Promise<void>;

function requireThat(isRight: unknown, what: string, { status, text }: Answer): void {
  if (!isRight) throw new WrongAnswer(`${what}: ${status} ${text.slice(0, 300)}`);
}

function readJson(answer: Answer): Record<string, unknown> {
  requireThat(answer.status === 200, 'not 200', answer);
  try {
    return JSON.parse(answer.text) as Record<string, unknown>;
  } catch {
    throw new WrongAnswer(`not JSON: ${answer.text.slice(0, 300)}`);
  }
}

function basic({ id, secret }: Client): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` };
}

function askForTokens(
  { http, target }: Visitor,
  client: Client,
  fields: Record<string, string>,
): Promise<Answer> {
  return http.post(target.paths.token, fields, basic(client));
}

const isFilled = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** @param scope of the sign-in: with `openid` an ID token is due */
function readTokens(answer: Answer, scope: string): Tokens {
  const { access_token, refresh_token, token_type, id_token } = readJson(answer);
  requireThat(
    token_type === 'Bearer' && isFilled(access_token) && isFilled(refresh_token),
    'no token pair',
    answer,
  );
  requireThat(isFilled(id_token) === scope.split(' ').includes('openid'), 'an ID token or none', answer);
  return { access_token: String(access_token), refresh_token: String(refresh_token) };
}

/** The hidden fields of a consent page, which Django OAuth Toolkit shows at each sign-in, and its button. */
function consentFields(page: string): Record<string, string> {
  const inputs = page.match(/<input type="hidden"[^>]*>/g) ?? [];
  const attributeOf = (input: string, name: string) => new RegExp(`${name}="([^"]*)"`).exec(input)?.[1] ?? '';
  const fields = inputs.map((input) => [
    attributeOf(input, 'name'),
    attributeOf(input, 'value').replaceAll('&amp;', '&'),
  ]);
  return { ...Object.fromEntries(fields), allow: 'Authorize' };
}

async function agree({ http, target, person }: Visitor, url: string, page: Answer): Promise<Answer> {
  const token = /name="csrfmiddlewaretoken" value="([^"]+)"/.exec(page.text)?.[1];
  requireThat(token, 'neither a redirect nor a consent page', page);
  return http.post(url, consentFields(page.text), { cookie: person.cookies, origin: target.origin });
}

/** A returning user at an application: GET authorize leads straight back with a code, which buys tokens. */
export async function signIn(visitor: Visitor): Promise<Tokens> {
  const { http, target, person } = visitor;
  const { code: client } = target.clients;
  const { id, redirectUri } = client;
  const asked = {
    response_type: 'code',
    client_id: id,
    redirect_uri: redirectUri,
    scope: target.scope,
    state: 'bench',
  };
  const url = `${target.paths.authorize}?${new URLSearchParams(asked)}`;
  const first = await http.get(url, { cookie: person.cookies, accept: 'text/html' });
  const answer = first.status === 200 ? await agree(visitor, url, first) : first;
  const isBack = [302, 303].includes(answer.status) && answer.location?.startsWith(redirectUri);
  const code = isBack && new URL(answer.location ?? '').searchParams.get('code');
  if (!code)
    throw new WrongAnswer(`no code: ${answer.status} ${answer.location ?? answer.text.slice(0, 300)}`);
  const fields = { grant_type: 'authorization_code', code, redirect_uri: redirectUri };
  return readTokens(await askForTokens(visitor, client, fields), target.scope);
}

function nextAccessToken({ target, person, done }: Visitor): string {
  // Every visitor starts somewhere else, so that all tokens are in use at any time.
  const start = target.people.indexOf(person) * Math.floor(target.accessTokens.length / target.people.length);
  return target.accessTokens[(start + done) % target.accessTokens.length] ?? '';
}

export const operations: Record<OperationName, Operation> = {
  async client_credentials(visitor) {
    const { clientCredentials } = visitor.target.clients;
    const answer = await askForTokens(visitor, clientCredentials, {
      grant_type: 'client_credentials',
      scope: 'read',
    });
    const { access_token, token_type } = readJson(answer);
    requireThat(token_type === 'Bearer' && isFilled(access_token), 'no token', answer);
  },

  async refresh(visitor) {
    const { person, target } = visitor;
    const fields = { grant_type: 'refresh_token', refresh_token: person.refreshToken };
    const answer = await askForTokens(visitor, target.clients.code, fields);
    const { refresh_token } = readTokens(answer, target.scope);
    requireThat(refresh_token !== person.refreshToken, 'the refresh token was not rotated', answer);
    person.refreshToken = refresh_token;
  },

  async 'sign-in'(visitor) {
    await signIn(visitor);
  },

  async profile(visitor) {
    const headers = { authorization: `Bearer ${nextAccessToken(visitor)}` };
    const answer = await visitor.http.get(visitor.target.paths.profile, headers);
    const { username } = readJson(answer);
    const isKnown = visitor.target.people.some((person) => person.username === username);
    requireThat(isKnown, 'not one of the people', answer);
  },

  async introspect(visitor) {
    const { http, target } = visitor;
    const answer = await http.post(
      target.paths.introspect,
      { token: nextAccessToken(visitor) },
      basic(target.clients.code),
    );
    const { active, scope, client_id } = readJson(answer);
    requireThat(
      active === true && client_id === target.clients.code.id && scope === target.scope,
      'not active',
      answer,
    );
  },

  async password(visitor) {
    const { username, password } = visitor.person;
    const fields = { grant_type: 'password', username, password, scope: 'read' };
    readTokens(await askForTokens(visitor, visitor.target.clients.password, fields), fields.scope);
  },
};
