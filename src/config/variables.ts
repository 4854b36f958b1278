/**
 * Every environment variable Latchkey reads, once: its name, how it is parsed (parsers.ts), its default and a sentence.
 * The README's table is checked against this list.
 */
import { availableParallelism } from 'node:os';
import type { Picture } from '../branding/picture.js';
import { inEnglish, type Translations, text } from '../languages/texts.js';
import {
  asItIs,
  brandName,
  color,
  logoFile,
  mailbox,
  networks,
  oneOf,
  onOff,
  origin,
  postgresUrl,
  type RegistrationRule,
  registration,
  schemes,
  scopes,
  seconds,
  secret,
  smtpUrl,
  wholeNumber,
  words,
  workers,
} from './parsers.js';

export interface Variable<T> {
  parse: (value: string) => T;
  /** The value when the variable is unset or empty; a string is shown in the README as it stands. */
  default: T;
  /** How the README shows the default where the value itself would not say it. */
  shownDefault?: string;
  sentence: string;
}

const define = <T>(variable: Variable<T>): Variable<T> => variable;

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
    // One core is left to the requests of everybody else, and one of libuv's four threads to files and names.
    default: Math.min(Math.max(availableParallelism() - 1, 1), 3),
    shownDefault: 'one less than there are cores, 1 to 3',
    sentence:
      'Passwords hashed at the same time, shared out among the processes; each takes 19 MiB and one core for some 30 ms.',
  }),
  LOGIN_FAILURES_PER_NETWORK: define({
    parse: wholeNumber(1),
    default: 30,
    sentence: 'Wrong passwords from one network in 15 minutes before it has to wait.',
  }),
  SIGNUP: define<'open' | 'invitation' | 'closed'>({
    parse: oneOf('open', 'invitation', 'closed'),
    default: 'open',
    sentence:
      '`open`: anybody may sign up; `invitation`: only who is invited by a superuser; `closed`: accounts are made by superusers and the command line.',
  }),
  EMAIL_VERIFICATION: define<'required' | 'optional' | 'off'>({
    parse: oneOf('required', 'optional', 'off'),
    default: 'optional',
    sentence:
      '`optional`: people are asked to confirm their address by a mail; `required`: until then nothing else is open to them and no token is issued; `off`: nobody is asked. Needs mail, which is SMTP_URL or, on this machine alone, /dev/mails.',
  }),
  SIGNUPS_PER_NETWORK: define({
    parse: wholeNumber(1),
    default: 20,
    sentence: 'Accounts one network may make in an hour; attempts are bounded at three times that.',
  }),
  APPLICATION_REGISTRATION: define<RegistrationRule>({
    parse: registration,
    default: { who: 'everybody' },
    shownDefault: '`everybody`',
    sentence:
      'Who may register applications: `everybody`; `groups:name,name`: members of one of these groups; `approval`: everybody, but a new application is refused everywhere until a superuser approves it; `superusers`: nobody else.',
  }),
  APPLICATIONS_PER_PERSON: define({
    parse: wholeNumber(0, 1_000_000),
    default: 100,
    sentence: 'Applications one person, or one team, may own; `0`: no limit. Superusers are not limited.',
  }),
  AUDIT_KEEP_DAYS: define({
    parse: wholeNumber(1, 36_500),
    default: 365,
    sentence: 'Days for which the audit trail keeps an event; older ones are deleted.',
  }),
  ACCOUNT_DELETION_GRACE_DAYS: define({
    parse: wholeNumber(0, 365),
    default: 14,
    sentence:
      'Days for which somebody who deletes their account can change their mind; `0`: it is gone at once.',
  }),
  SMTP_URL: define<string | undefined>({
    parse: smtpUrl,
    default: undefined,
    shownDefault: 'none',
    sentence:
      'The mail server that takes our mails. Without one nothing that needs a mail is offered, but for a server that only this machine reaches: it shows its mails at /dev/mails.',
  }),
  MAIL_FROM: define<string | undefined>({
    parse: mailbox,
    default: undefined,
    shownDefault: 'no-reply@ the host of ISSUER',
    sentence: 'The sender of our mails.',
  }),
  BRAND_NAME: define({
    parse: brandName,
    default: 'Latchkey',
    sentence: 'The name that pages and mails bear.',
  }),
  BRAND_LOGO: define<Picture | undefined>({
    parse: logoFile,
    default: undefined,
    shownDefault: 'a latchkey',
    sentence: 'The logo on every page: the path of an SVG, PNG, JPEG or WebP file of at most 100 kB.',
  }),
  BRAND_COLOR: define<string | undefined>({
    parse: color,
    default: undefined,
    shownDefault: '`#0e5a4b`',
    sentence:
      'The colour of links and buttons; where text would be hard to read, the nearest in which it is not is used.',
  }),
} as const;

/** The default as the README's table shows it. */
export function describeDefault(variable: Variable<unknown>): string {
  return variable.shownDefault ?? `\`${variable.default}\``;
}
