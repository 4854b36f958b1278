/**
 * Every environment variable Latchkey reads, once: its name, how it is parsed, its default and a sentence. The
 * README's table is checked against this list. A parser throws an Error whose message completes "NAME must ...".
 */
import { availableParallelism } from 'node:os';
import ipaddr from 'ipaddr.js';
import { LANGUAGES } from '../languages/languages.js';
import { inEnglish, type Translations, text } from '../languages/texts.js';

export interface Variable<T> {
  parse: (value: string) => T;
  /** The value when the variable is unset or empty; a string is shown in the README as it stands. */
  default: T;
  /** How the README shows the default where the value itself would not say it. */
  shownDefault?: string;
  sentence: string;
}

const define = <T>(variable: Variable<T>): Variable<T> => variable;

const asItIs = (value: string): string => value;

function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER) {
  return (value: string): number => {
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < least || number > most) {
      throw new Error(
        `be a whole number from ${least}${most === Number.MAX_SAFE_INTEGER ? ' up' : ` to ${most}`}`,
      );
    }
    return number;
  };
}

// More than any machine has cores for: a typing error.
const MOST_WORKERS = 256;

function workers(value: string): number {
  if (value === 'auto') return availableParallelism();
  try {
    return wholeNumber(1, MOST_WORKERS)(value);
  } catch (error) {
    throw new Error(`${(error as Error).message}, or auto`);
  }
}

/** Schemes that run in the browser or read its files instead of leaving for an application. */
export const DANGEROUS_SCHEMES = [
  'javascript',
  'data',
  'vbscript',
  'file',
  'blob',
  'about',
  'filesystem',
  'view-source',
];

// Ten years: a lifetime beyond it is a typing error, and dates stay inside what every client can represent.
const seconds = (least = 1) => wholeNumber(least, 315_360_000);

function onOff(value: string): boolean {
  if (/^(on|true|yes|1)$/i.test(value)) return true;
  if (/^(off|false|no|0)$/i.test(value)) return false;
  throw new Error('be on or off');
}

function oneOf<const T extends string>(...choices: T[]) {
  return (value: string): T => {
    const found = choices.find((choice) => choice === value);
    if (!found) throw new Error(`be one of ${choices.join(', ')}`);
    return found;
  };
}

function words(value: string): string[] {
  return value.split(/[\s,]+/).filter(Boolean);
}

function origin(value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (
    !url ||
    !['http:', 'https:'].includes(url.protocol) ||
    url.search ||
    url.hash ||
    url.username ||
    url.password
  ) {
    throw new Error('be an http or https URL such as https://id.example.com, without query or fragment');
  }
  return (url.origin + url.pathname).replace(/\/+$/, '');
}

const SSL_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify'];

function postgresUrl(value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const isComplete = url && ['postgres:', 'postgresql:'].includes(url.protocol) && url.pathname.length > 1;
  if (!isComplete) {
    throw new Error('be a URL such as postgres://user:password@host:5432/database');
  }
  // The driver takes a word it does not know for no TLS.
  const sslMode = url.searchParams.get('sslmode') ?? 'disable';
  if (!SSL_MODES.includes(sslMode)) throw new Error(`have one of ${SSL_MODES.join(', ')} as its sslmode`);
  return value;
}

function smtpUrl(value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (!url || !['smtp:', 'smtps:'].includes(url.protocol) || !url.hostname) {
    throw new Error(
      'be a URL such as smtp://user:password@mail.example.com:587 (smtps:// for TLS from the start)',
    );
  }
  return value;
}

/** `no-reply@example.com` or `Example <no-reply@example.com>`. */
function mailbox(value: string): string {
  if (!/^(?:[^<>"\r\n]+ <[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/.test(value))
    throw new Error('be an address such as no-reply@example.com, or Example <no-reply@example.com>');
  return value;
}

function secret(value: string): string {
  if (value.length < 32)
    throw new Error('have at least 32 characters (openssl rand -hex 32 makes a good one)');
  return value;
}

// scope-token of RFC 6749 3.3.
const SCOPE_TOKEN = /^[\x21\x23-\x5B\x5D-\x7E]+$/;

const isSentence = (value: unknown): boolean => typeof value === 'string' && value.trim() !== '';

/** English stands in for the languages that are left out. */
function isTranslated(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('en' in value)) return false;
  return Object.entries(value).every(
    ([tag, sentence]) => Object.hasOwn(LANGUAGES, tag) && isSentence(sentence),
  );
}

function scopes(value: string): Record<string, string | Translations> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    throw new Error('be a JSON object such as {"read": "Read your profile"}');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new Error('be a JSON object such as {"read": "Read your profile"}');
  }
  for (const [name, sentence] of Object.entries(parsed)) {
    if (!SCOPE_TOKEN.test(name))
      throw new Error(
        'name its scopes in printable ASCII characters without space, quote and backslash (RFC 6749 3.3)',
      );
    if (!isSentence(sentence) && !isTranslated(sentence)) {
      throw new Error(
        'give each scope a sentence, which the consent page shows, or one per language as {"en": "...", "fr": "..."}',
      );
    }
  }
  return parsed as Record<string, string | Translations>;
}

/** Four numbers for IPv4: the library also takes `10.0.0`, and reads it as 10.0.0.0. */
function isNetwork(text: string): boolean {
  const { IPv4, IPv6 } = ipaddr;
  if (text.includes(':')) return IPv6.isValid(text) || IPv6.isValidCIDR(text);
  return IPv4.isValidFourPartDecimal(text) || IPv4.isValidCIDRFourPartDecimal(text);
}

function networks(value: string): string[] {
  const list = words(value);
  for (const network of list) {
    if (!isNetwork(network)) {
      throw new Error('hold only addresses and networks such as 10.0.0.0/8');
    }
  }
  return list;
}

function schemes(value: string): string[] {
  const list = words(value.toLowerCase());
  for (const scheme of list) {
    if (!/^[a-z][a-z0-9+.-]*$/.test(scheme)) throw new Error('hold only URI schemes such as https');
    if (DANGEROUS_SCHEMES.includes(scheme)) {
      throw new Error(`not allow the scheme ${scheme}, which runs in the browser instead of leaving it`);
    }
  }
  return list;
}

export const variables = {
  HOST: define({
    parse: asItIs,
    default: 'localhost',
    sentence: 'Address to listen on. `0.0.0.0` listens on every interface.',
  }),
  PORT: define({ parse: wholeNumber(0, 65_535), default: 8000, sentence: 'Port to listen on.' }),
  WEB_CONCURRENCY: define({
    parse: workers,
    // Every other process takes as much memory again, and one is enough for more than most will ever ask.
    default: 1,
    sentence: 'Processes that share the work on this port: a number, or `auto` for one per core.',
  }),
  ISSUER: define<string | undefined>({
    parse: origin,
    default: undefined,
    shownDefault: 'http://localhost:PORT',
    sentence:
      'The URL people and clients reach the server at; every URL it gives out starts with it. May end in /o.',
  }),
  DATABASE_URL: define<string | undefined>({
    parse: postgresUrl,
    default: undefined,
    shownDefault: 'an embedded PostgreSQL in DATA_DIR',
    sentence: 'The PostgreSQL to use (14 or newer).',
  }),
  DATABASE_POOL_SIZE: define({
    parse: wholeNumber(1, 1000),
    default: 10,
    sentence:
      'The most connections each process opens to the database: WEB_CONCURRENCY times as many in all.',
  }),
  DATABASE_PREPARED_STATEMENTS: define({
    parse: onOff,
    default: true,
    shownDefault: 'on',
    sentence: 'Named prepared statements; `off` behind a pgbouncer in transaction mode.',
  }),
  DATA_DIR: define({
    parse: asItIs,
    default: 'data',
    sentence: 'Folder for the embedded database and the generated secret key.',
  }),
  SECRET_KEY: define<string | undefined>({
    parse: secret,
    default: undefined,
    shownDefault: 'generated into DATA_DIR; required with DATABASE_URL',
    sentence:
      'Encrypts the signing keys and signs the cookies. All nodes share it; losing it ends every session.',
  }),
  TRUSTED_PROXIES: define<string[]>({
    parse: networks,
    default: [],
    shownDefault: 'none',
    sentence:
      "Addresses or networks of the proxies whose X-Forwarded-For is believed for the client's address.",
  }),
  LOG_LEVEL: define<'silent' | 'error' | 'warn' | 'info' | 'debug'>({
    parse: oneOf('silent', 'error', 'warn', 'info', 'debug'),
    default: 'info',
    sentence: 'How much is logged: silent, error, warn, info or debug.',
  }),
  SHUTDOWN_TIMEOUT_SECONDS: define({
    parse: seconds(),
    default: 10,
    sentence: 'How long requests in flight may take to finish after SIGTERM.',
  }),
  SCOPES: define<Record<string, string | Translations>>({
    parse: scopes,
    default: {
      read: inEnglish(text('scopes.read')),
      write: inEnglish(text('scopes.write')),
      groups: inEnglish(text('scopes.groups')),
    },
    shownDefault: 'read, write and groups',
    sentence:
      'The scopes beside those of OpenID Connect, as JSON: each with the sentence the consent page shows, or one per language.',
  }),
  DEFAULT_SCOPES: define({
    parse: words,
    default: ['__all__'],
    shownDefault: '`__all__`',
    sentence: 'The scopes a request that names none is given; `__all__` means all of SCOPES.',
  }),
  ACCESS_TOKEN_EXPIRE_SECONDS: define({
    parse: seconds(),
    default: 3600,
    sentence: 'Lifetime of an access token in seconds.',
  }),
  REFRESH_TOKEN_EXPIRE_SECONDS: define({
    parse: seconds(),
    default: 2_592_000,
    sentence: 'How long a refresh token may lie unused, in seconds.',
  }),
  REFRESH_TOKEN_GRACE_PERIOD_SECONDS: define({
    parse: seconds(0),
    default: 10,
    sentence: 'How long a refresh token that was just used gives the same answer again, in seconds.',
  }),
  GRANT_EXPIRE_SECONDS: define({
    parse: seconds(),
    default: 31_536_000,
    sentence:
      'How long a sign-in can be kept alive by refreshing, in seconds, however often it is refreshed.',
  }),
  AUTHORIZATION_CODE_EXPIRE_SECONDS: define({
    parse: seconds(),
    default: 60,
    sentence: 'Lifetime of an authorization code in seconds.',
  }),
  ID_TOKEN_EXPIRE_SECONDS: define({
    parse: seconds(),
    default: 3600,
    sentence: 'Lifetime of an ID token in seconds.',
  }),
  SESSION_EXPIRE_SECONDS: define({
    parse: seconds(),
    default: 1_209_600,
    sentence: 'How long a browser stays signed in, in seconds.',
  }),
  ALLOWED_REDIRECT_URI_SCHEMES: define({
    parse: schemes,
    default: ['http', 'https'],
    shownDefault: 'http https',
    sentence:
      'Schemes of redirect URIs. Reverse-domain schemes of public clients (com.example.app) are always allowed.',
  }),
  PASSWORD_GRANT: define({
    parse: onOff,
    default: true,
    shownDefault: 'on',
    sentence: 'Whether applications that have the password grant may use it; `off` refuses it for all.',
  }),
  PASSWORD_MIN_LENGTH: define({
    parse: wholeNumber(8, 64),
    default: 8,
    sentence: 'Shortest password a person may choose.',
  }),
  PASSWORD_HASH_CONCURRENCY: define({
    parse: wholeNumber(1, 64),
    default: 2,
    sentence:
      'Passwords hashed at the same time, shared out among the processes; each takes 19 MiB and one core for some 30 ms.',
  }),
  LOGIN_FAILURES_PER_NETWORK: define({
    parse: wholeNumber(1),
    default: 30,
    sentence: 'Wrong passwords from one network in 15 minutes before it has to wait.',
  }),
  SIGNUP: define<'open' | 'closed'>({
    parse: oneOf('open', 'closed'),
    default: 'open',
    sentence: '`open`: anybody may sign up; `closed`: accounts are made by the command line.',
  }),
  SIGNUPS_PER_NETWORK: define({
    parse: wholeNumber(1),
    default: 20,
    sentence: 'Accounts one network may make in an hour; attempts are bounded at three times that.',
  }),
  AUDIT_KEEP_DAYS: define({
    parse: wholeNumber(1, 36_500),
    default: 365,
    sentence: 'Days for which the audit trail keeps an event; older ones are deleted.',
  }),
  SMTP_URL: define<string | undefined>({
    parse: smtpUrl,
    default: undefined,
    shownDefault: 'none; with an issuer on this machine mails are shown at /dev/mails',
    sentence: 'The mail server that takes our mails. Without one nothing that needs a mail is offered.',
  }),
  MAIL_FROM: define<string | undefined>({
    parse: mailbox,
    default: undefined,
    shownDefault: 'no-reply@ the host of ISSUER',
    sentence: 'The sender of our mails.',
  }),
} as const;

/** The default as the README's table shows it. */
export function describeDefault(variable: Variable<unknown>): string {
  return variable.shownDefault ?? `\`${variable.default}\``;
}
