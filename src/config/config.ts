/**
 * The environment read once into a frozen, derived Config. Problems are collected and thrown together, so that one
 * look at the log is enough, and values are never repeated in a message: they may be secrets.
 */
import { resolve } from 'node:path';
import type { Brand } from '../branding/brand.js';
import type { Translations } from '../languages/texts.js';
import { findMisspelled } from './misspelled.js';
import type { RegistrationRule } from './parsers.js';
import { isPublicHost, LOOPBACK_HOSTS } from './public-host.js';
import { variables } from './variables.js';

export type Environment = Record<string, string | undefined>;

export interface Config {
  host: string;
  port: number;
  /** Processes that serve; each of them has a config such as this. */
  workers: number;
  /** Without a trailing slash; follows the port that is found when PORT=0 (serve.ts). */
  issuer: string;
  /** True when ISSUER was set; otherwise the issuer is http://localhost:PORT. */
  issuerIsConfigured: boolean;
  databaseUrl: string | undefined;
  databasePoolSize: number;
  databasePreparedStatements: boolean;
  dataDir: string;
  secretKey: string | undefined;
  trustedProxies: string[];
  logLevel: 'silent' | 'error' | 'warn' | 'info' | 'debug';
  shutdownTimeout: number;
  scopes: ScopesConfig;
  lifetimes: Lifetimes;
  allowedRedirectUriSchemes: string[];
  passwordGrant: boolean;
  /** The concurrency is that of one process. */
  passwords: { minLength: number; hashConcurrency: number };
  loginFailuresPerNetwork: number;
  signup: 'open' | 'invitation' | 'closed';
  signupsPerNetwork: number;
  /** 'off' also where there is no mail. */
  emailVerification: 'required' | 'optional' | 'off';
  applicationRegistration: RegistrationRule;
  /** That one owner may have; undefined: no limit. */
  applicationsPerPerson: number | undefined;
  auditKeepDays: number;
  accountDeletionGraceDays: number;
  mail: MailConfig;
  brand: Brand;
}

/** 'kept': they can be read at a page, since nobody but the machine's own people can reach the server. */
export type MailConfig = { mode: 'smtp'; url: string; from: string } | { mode: 'kept' } | { mode: 'off' };

export interface ScopesConfig {
  /** The resource scopes in the order of SCOPES, each with the sentence shown on the consent page. */
  sentences: Record<string, string | Translations>;
  /** What a request that names no scope is given, in order. */
  defaults: string[];
}

/** All in seconds. */
export interface Lifetimes {
  accessToken: number;
  refreshToken: number;
  refreshGracePeriod: number;
  grant: number;
  authorizationCode: number;
  idToken: number;
  session: number;
}

export class ConfigError extends Error {
  readonly problems: string[];

  constructor(problems: string[]) {
    super(
      `The configuration has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    );
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

type Values = { [Name in keyof typeof variables]: (typeof variables)[Name]['default'] };

function readVariables(environment: Environment, problems: string[]): Values {
  const values: Record<string, unknown> = {};
  for (const [name, variable] of Object.entries(variables)) {
    const raw = environment[name]?.trim();
    values[name] = variable.default;
    if (!raw) continue;
    try {
      values[name] = variable.parse(raw);
    } catch (error) {
      problems.push(`${name} must ${(error as Error).message}.`);
    }
  }
  return values as Values;
}

/** Values of HOST: an address to listen on may stand without the brackets that it has in a URL. */
const LOOPBACK_LISTENERS = [...LOOPBACK_HOSTS, '::1'];

/** Nobody but this machine reaches the server: somebody tries it out or works on it. */
function isOnThisMachine({ hostname, protocol }: URL, host: string): boolean {
  return protocol === 'http:' && LOOPBACK_HOSTS.includes(hostname) && LOOPBACK_LISTENERS.includes(host);
}

function readMail({ SMTP_URL: url, MAIL_FROM: from, HOST: host }: Values, issuer: URL): MailConfig {
  if (url) return { mode: 'smtp', url, from: from ?? `no-reply@${issuer.hostname}` };
  return { mode: isOnThisMachine(issuer, host) ? 'kept' : 'off' };
}

/**
 * @param knownProblems those of the .env file
 * @throws ConfigError naming every problem.
 */
export function loadConfig(environment: Environment, knownProblems: string[] = []): Config {
  const set = Object.keys(environment).filter((name) => environment[name]?.trim());
  const problems = [...knownProblems, ...findMisspelled(set, Object.keys(variables))];
  const values = readVariables(environment, problems);

  const scopeNames = Object.keys(values.SCOPES);
  const defaults = values.DEFAULT_SCOPES.includes('__all__') ? scopeNames : values.DEFAULT_SCOPES;
  if (!defaults.every((scope) => scopeNames.includes(scope)))
    problems.push('DEFAULT_SCOPES must be among SCOPES, or `__all__`.');
  if (values.DATABASE_URL && !values.SECRET_KEY && !environment.SECRET_KEY?.trim()) {
    problems.push('SECRET_KEY must be set when DATABASE_URL is (openssl rand -hex 32 makes a good one).');
  }
  const issuer = values.ISSUER ?? `http://localhost:${values.PORT}`;
  const issuerPath = new URL(issuer).pathname;
  if (values.ISSUER && !['/', '/o'].includes(issuerPath)) {
    problems.push('ISSUER must be an origin such as https://id.example.com, optionally followed by /o.');
  }
  if (new URL(issuer).protocol === 'http:' && isPublicHost(new URL(issuer).hostname)) {
    problems.push('ISSUER must be https: over http, passwords and tokens can be read on the way.');
  }
  const mail = readMail(values, new URL(issuer));
  if (values.EMAIL_VERIFICATION === 'required' && mail.mode === 'off')
    problems.push(
      'EMAIL_VERIFICATION must not be required without SMTP_URL: nobody could confirm an address.',
    );
  if (problems.length) throw new ConfigError(problems);

  return Object.freeze({
    host: values.HOST,
    port: values.PORT,
    workers: values.WEB_CONCURRENCY,
    issuer,
    issuerIsConfigured: values.ISSUER !== undefined,
    databaseUrl: values.DATABASE_URL,
    databasePoolSize: values.DATABASE_POOL_SIZE,
    databasePreparedStatements: values.DATABASE_PREPARED_STATEMENTS,
    dataDir: resolve(values.DATA_DIR),
    secretKey: values.SECRET_KEY,
    trustedProxies: values.TRUSTED_PROXIES,
    logLevel: values.LOG_LEVEL,
    shutdownTimeout: values.SHUTDOWN_TIMEOUT_SECONDS,
    scopes: { sentences: values.SCOPES, defaults },
    lifetimes: {
      accessToken: values.ACCESS_TOKEN_EXPIRE_SECONDS,
      refreshToken: values.REFRESH_TOKEN_EXPIRE_SECONDS,
      refreshGracePeriod: values.REFRESH_TOKEN_GRACE_PERIOD_SECONDS,
      grant: values.GRANT_EXPIRE_SECONDS,
      authorizationCode: values.AUTHORIZATION_CODE_EXPIRE_SECONDS,
      idToken: values.ID_TOKEN_EXPIRE_SECONDS,
      session: values.SESSION_EXPIRE_SECONDS,
    },
    allowedRedirectUriSchemes: values.ALLOWED_REDIRECT_URI_SCHEMES,
    passwordGrant: values.PASSWORD_GRANT,
    passwords: {
      minLength: values.PASSWORD_MIN_LENGTH,
      hashConcurrency: Math.ceil(values.PASSWORD_HASH_CONCURRENCY / values.WEB_CONCURRENCY),
    },
    loginFailuresPerNetwork: values.LOGIN_FAILURES_PER_NETWORK,
    signup: values.SIGNUP,
    signupsPerNetwork: values.SIGNUPS_PER_NETWORK,
    applicationRegistration: values.APPLICATION_REGISTRATION,
    applicationsPerPerson: values.APPLICATIONS_PER_PERSON || undefined,
    auditKeepDays: values.AUDIT_KEEP_DAYS,
    accountDeletionGraceDays: values.ACCOUNT_DELETION_GRACE_DAYS,
    emailVerification: mail.mode === 'off' ? 'off' : values.EMAIL_VERIFICATION,
    mail,
    brand: { name: values.BRAND_NAME, logo: values.BRAND_LOGO, color: values.BRAND_COLOR },
  });
}
