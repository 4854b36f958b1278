/** The protocol side of a client: token, revocation and introspection requests, and /profile. */

import type { Browser } from './browser.js';
import type { TestApplication } from './people.js';
import { getCode, PASSWORD } from './people.js';

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: what came over the wire, whose shape is what the tests look at
  body: any;
}

export async function read(response: Response): Promise<Answer> {
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}

/** What an error says to everybody alike: without error_uri, which names the one request. */
export function saidBy({ body: { error_uri: errorUri, ...said } }: Answer): Record<string, unknown> {
  if (typeof errorUri !== 'string') throw new Error(`no error_uri in ${JSON.stringify(said)}`);
  return said;
}

export function basic({
  clientId,
  secret,
}: Pick<TestApplication, 'clientId' | 'secret'>): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}` };
}

export interface Server {
  url: string;
}

export async function post(
  { url }: Server,
  path: string,
  body: Record<string, string> | URLSearchParams | string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const encoded = typeof body === 'string' ? body : new URLSearchParams(body);
  return read(await fetch(url + path, { method: 'POST', body: encoded, headers, redirect: 'manual' }));
}

export async function get(
  { url }: Server,
  path: string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return read(await fetch(url + path, { headers, redirect: 'manual' }));
}

/** A token request of the application, authenticated as its type asks for. */
export async function token(
  server: Server,
  app: TestApplication,
  body: Record<string, string>,
): Promise<Answer> {
  if (app.clientType === 'public') return post(server, '/o/token', { client_id: app.clientId, ...body });
  return post(server, '/o/token', body, basic(app));
}

export function exchange(
  server: Server,
  app: TestApplication,
  code: string,
  more: Record<string, string> = {},
) {
  const redirect = app.redirectUris[0] ?? '';
  return token(server, app, { grant_type: 'authorization_code', code, redirect_uri: redirect, ...more });
}

export function refresh(
  server: Server,
  app: TestApplication,
  refreshToken: string,
  more: Record<string, string> = {},
) {
  return token(server, app, { grant_type: 'refresh_token', refresh_token: refreshToken, ...more });
}

export function profile(server: Server, accessToken: string): Promise<Answer> {
  return get(server, '/profile', { authorization: `Bearer ${accessToken}` });
}

export function introspect(
  server: Server,
  app: TestApplication,
  value: string,
  more: Record<string, string> = {},
) {
  return post(server, '/o/introspect', { token: value, ...more }, basic(app));
}

export function revoke(
  server: Server,
  app: TestApplication,
  value: string,
  more: Record<string, string> = {},
) {
  if (app.clientType === 'public')
    return post(server, '/o/revoke_token', { client_id: app.clientId, token: value, ...more });
  return post(server, '/o/revoke_token', { token: value, ...more }, basic(app));
}

/** The whole code flow of a person already signed in: the token endpoint's answer. */
export async function signInAt(
  server: Server,
  browser: Browser,
  app: TestApplication,
  parameters: Record<string, string> = {},
): Promise<{
  access_token: string;
  refresh_token: string;
  id_token?: string;
  scope: string;
  expires_in: number;
}> {
  const answer = await exchange(server, app, await getCode(browser, app, parameters));
  if (answer.status !== 200) throw new Error(`no tokens: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** Tokens of a person by the password grant, for tests that are not about how they were got. */
export async function byPassword(
  server: Server,
  app: TestApplication,
  username: string,
  more: Record<string, string> = {},
): Promise<{ access_token: string; refresh_token: string; scope: string; expires_in: number }> {
  const answer = await token(server, app, { grant_type: 'password', username, password: PASSWORD, ...more });
  if (answer.status !== 200) throw new Error(`no tokens: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}
