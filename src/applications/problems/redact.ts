/**
 * What of a refused request may be written down: the names of its parameters, and the values of those that are no
 * secret by the protocol. Developers put things in the wrong place, so that even such a value is left out when it
 * looks like a token, and whatever was sent as a secret is taken out of everything that is kept.
 */
import { describeDevice } from '../../accounts/sessions/device.js';
import { inEnglish } from '../../languages/texts.js';
import type { Application } from '../application.js';
import { type Parameters, readBasic, type SentRequest, sentBearer } from './sent-request.js';

export interface StoredParameter {
  name: string;
  /** As sent, or what can be told of it: '43 characters'. */
  value: string;
  isShown: boolean;
  place: 'body' | 'URL';
}

export interface StoredRequest {
  method: string;
  contentType: string;
  /** How the request said who it comes from: 'Basic', 'Bearer', 'no scheme'... one for each header. */
  authorization: string[];
  origin?: string;
  parameters: StoredParameter[];
  /** Parameters beyond those that are kept. */
  more: number;
}

const SHOWN = new Set([
  'client_id',
  'redirect_uri',
  'post_logout_redirect_uri',
  'scope',
  'response_type',
  'response_mode',
  'grant_type',
  'code_challenge_method',
  'prompt',
  'approval_prompt',
  'max_age',
  'display',
  'ui_locales',
  'acr_values',
  'token_type_hint',
]);
const URIS = new Set(['redirect_uri', 'post_logout_redirect_uri']);
/** Not a secret by itself, and too often a word that stands elsewhere for good reason. */
const NOT_LOOKED_FOR = new Set([...SHOWN, 'state', 'nonce', 'username', 'login_hint']);

const MOST_PARAMETERS = 30;
const LONGEST_VALUE = 500;
const LONGEST_USER_AGENT = 60;
const SHORTEST_SECRET = 8;

const RUN = /[A-Za-z0-9_~+=-]{16,}/g;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const kindOf = (letter: string) =>
  /\d/.test(letter) ? 'digit' : letter === letter.toUpperCase() ? 'upper' : 'lower';

/** A word of people changes seldom between capitals, small letters and digits; a token or a hash does all the time. */
function isRandom(run: string): boolean {
  if (UUID.test(run)) return false;
  const letters = [...run.replaceAll(/[^A-Za-z0-9]/g, '')];
  const changes = letters.filter((letter, i) => i > 0 && kindOf(letter) !== kindOf(letters[i - 1]!)).length;
  const digits = letters.filter((letter) => kindOf(letter) === 'digit').length;
  const isMixed = letters.length >= 14 && changes >= 4 && changes / letters.length >= 0.25;
  return isMixed || (letters.length >= 24 && digits >= 3);
}

/** The text without what looks like a token. */
export function maskTokens(text: string): string {
  return text.replaceAll(RUN, (run) => (isRandom(run) ? `(${run.length} characters)` : run));
}

/** Without what PostgreSQL or a page would not take: control characters, and halves of surrogate pairs (JSON can name them). */
const printable = (text: string) => text.replaceAll(/[\p{Cc}\p{Surrogate}\u2028\u2029]/gu, '\u{fffd}');

const shorten = (text: string, most: number) => (text.length > most ? `${text.slice(0, most)}…` : text);

const URI_PARTS = /^([a-z][a-z0-9+.-]*:)?(\/\/[^/?#]*)?([^?#]*)(\?[^#]*)?(#.*)?$/is;

/**
 * A URI without what may be secret in it: values of a query that no registered URI has, a fragment, a user name and
 * password, and tokens in its path.
 */
export function maskUri(uri: string, registered: string[]): string {
  if (registered.includes(uri)) return uri;
  const [, scheme = '', authority = '', path = '', query = '', fragment = ''] = URI_PARTS.exec(uri) ?? [];
  const known = new Set(registered.flatMap((each) => (each.split('?')[1] ?? '').split('&')));
  const pairs = query.slice(1).split('&');
  const keptQuery = pairs.map((pair) => {
    const [name = '', value] = pair.split(/=(.*)/s);
    return known.has(pair) || !value ? maskTokens(pair) : `${maskTokens(name)}=…`;
  });
  const hostOnly = authority.replace(/^\/\/.*@/s, '//…@');
  const isHost = /^\/\/(…@)?(\[[0-9a-f:.]+\]|[a-z0-9-]+(\.[a-z0-9-]+)+|localhost)(:\d*)?$/i.test(hostOnly);
  const all = [
    maskTokens(scheme),
    isHost ? hostOnly : maskTokens(hostOnly),
    maskTokens(path),
    query && `?${keptQuery.join('&')}`,
    fragment && '#…',
  ];
  return shorten(printable(all.join('')), LONGEST_VALUE);
}

/** Whether maskUri has left something out. */
export const isMasked = (uri: string): boolean => /…|\(\d+ characters\)/.test(uri);

const lengthOf = (value: string) =>
  value === '' ? 'empty' : `${value.length} ${value.length === 1 ? 'character' : 'characters'}`;

function showName(name: string): string {
  const isName = /^[A-Za-z][A-Za-z0-9_.[\]-]{0,40}$/.test(name);
  return isName ? maskTokens(name) : `(a name of ${lengthOf(name)})`;
}

function showValue(name: string, value: string, application: Application): [value: string, isShown: boolean] {
  if (!SHOWN.has(name) || value === '') return [lengthOf(value), false];
  if (name === 'client_id' && value !== application.clientId)
    return [`${lengthOf(value)}, which are not the client id of this application`, false];
  const registered = [...application.redirectUris, ...application.postLogoutRedirectUris];
  const shown = URIS.has(name) ? maskUri(value, registered) : maskText(name, value);
  return [shown, true];
}

const maskText = (name: string, value: string) =>
  name === 'client_id' ? value : shorten(printable(maskTokens(value)), LONGEST_VALUE);

function storedParameters(
  list: Parameters,
  place: 'body' | 'URL',
  application: Application,
): StoredParameter[] {
  return list.map(([name, sent]) => {
    const [value, isShown] = showValue(name, sent, application);
    return { name: showName(name), value, isShown, place };
  });
}

function schemeOf(header: string): string {
  const scheme = /^(basic|bearer|token|jwt|digest|negotiate|dpop)\b/i.exec(header.trim())?.[1];
  return scheme ?? 'no scheme that is known';
}

export function storeRequest(sent: SentRequest, application: Application): StoredRequest {
  const parameters = [
    ...storedParameters(sent.url, 'URL', application),
    ...storedParameters(sent.body, 'body', application),
  ];
  return {
    method: sent.method,
    contentType: shorten(printable(maskTokens(sent.contentType.split(';')[0]!.trim())), 60),
    authorization: sent.authorization.slice(0, 3).map(schemeOf),
    ...(sent.origin ? { origin: maskUri(sent.origin, []) } : {}),
    parameters: parameters.slice(0, MOST_PARAMETERS),
    more: Math.max(0, parameters.length - MOST_PARAMETERS),
  };
}

/** A browser in words ('Firefox on Linux'), of which the rest tells nothing here; a program as it calls itself. */
export function storeUserAgent(userAgent: string): string {
  if (userAgent.startsWith('Mozilla/')) return inEnglish(describeDevice(userAgent));
  return shorten(printable(maskTokens(userAgent)), LONGEST_USER_AGENT);
}

/** Everything that was sent as a secret, or may have been meant as one. */
function secretsOf(sent: SentRequest): string[] {
  const values = [...sent.body, ...sent.url].flatMap(([name, value]) =>
    NOT_LOOKED_FOR.has(name) ? [] : [value],
  );
  const headers = [...sent.authorization, ...(sent.authentication ? [sent.authentication] : [])];
  const all = [...values, readBasic(sent)?.secret, sentBearer(sent), sent.interaction, ...headers];
  return all.filter((value): value is string => value !== undefined && value.length >= SHORTEST_SECRET);
}

function spellings(secret: string): string[] {
  const base64 = Buffer.from(secret).toString('base64');
  const form = new URLSearchParams({ v: secret }).toString().slice(2);
  const plain = [secret, encodeURIComponent(printable(secret)), form, base64.replace(/=+$/, '')];
  return [...plain, base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')];
}

/** The same with every secret of the request taken out of its texts, in whatever spelling. */
export function withoutSecrets<T>(kept: T, sent: SentRequest, application: Application): T {
  const known = new Set([application.clientId, ...application.redirectUris]);
  const secrets = secretsOf(sent).filter((secret) => !known.has(secret));
  const forbidden = [...new Set(secrets.flatMap(spellings))].sort((a, b) => b.length - a.length);
  const clean = (value: unknown): unknown => {
    if (typeof value === 'string')
      return printable(forbidden.reduce((text, secret) => text.replaceAll(secret, '(left out)'), value));
    if (Array.isArray(value)) return value.map(clean);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, clean(each)]));
  };
  return clean(kept) as T;
}
