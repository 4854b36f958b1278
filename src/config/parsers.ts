/** What a value must look like, for variables.ts. A parser throws an Error whose message completes "NAME must ...". */
import { readFileSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import ipaddr from 'ipaddr.js';
import { readColor } from '../branding/colors.js';
import { MAX_PICTURE_BYTES, type Picture, readPicture } from '../branding/picture.js';
import { withoutTrailingSlashes } from '../http/trailing-slashes.js';
import { LANGUAGES } from '../languages/languages.js';
import type { Translations } from '../languages/texts.js';

export const asItIs = (value: string): string => value;

export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER) {
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

export function workers(value: string): number {
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

/** Ten years, in seconds: beyond it is a typing error, and dates stay inside what every client can represent. */
export const LONGEST_LIFETIME = 315_360_000;

export const seconds = (least = 1) => wholeNumber(least, LONGEST_LIFETIME);

export function onOff(value: string): boolean {
  if (/^(on|true|yes|1)$/i.test(value)) return true;
  if (/^(off|false|no|0)$/i.test(value)) return false;
  throw new Error('be on or off');
}

export function oneOf<const T extends string>(...choices: T[]) {
  return (value: string): T => {
    const found = choices.find((choice) => choice === value);
    if (!found) throw new Error(`be one of ${choices.join(', ')}`);
    return found;
  };
}

/** Who may register applications. */
export type RegistrationRule =
  | { who: 'everybody' | 'approval' | 'superusers' }
  | { who: 'groups'; groups: string[] };

export function registration(value: string): RegistrationRule {
  for (const who of ['everybody', 'approval', 'superusers'] as const) if (value === who) return { who };
  const [, list] = /^groups:(.*)$/.exec(value) ?? [];
  // The names of groups may hold spaces.
  const groups = list?.split(',').flatMap((group) => group.trim() || []) ?? [];
  if (!groups.length)
    throw new Error(
      'be everybody, approval, superusers, or groups: with names such as groups:staff,developers',
    );
  return { who: 'groups', groups };
}

export function words(value: string): string[] {
  return value.split(/[\s,]+/).filter(Boolean);
}

export function origin(value: string): string {
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
  return withoutTrailingSlashes(url.origin + url.pathname);
}

const SSL_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify'];

export function postgresUrl(value: string): string {
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

export function smtpUrl(value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (!url || !['smtp:', 'smtps:'].includes(url.protocol) || !url.hostname) {
    throw new Error(
      'be a URL such as smtp://user:password@mail.example.com:587 (smtps:// for TLS from the start)',
    );
  }
  return value;
}

/** `no-reply@example.com` or `Example <no-reply@example.com>`. */
export function mailbox(value: string): string {
  if (!/^(?:[^<>"\r\n]+ <[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/.test(value))
    throw new Error('be an address such as no-reply@example.com, or Example <no-reply@example.com>');
  return value;
}

export function secret(value: string): string {
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

export function scopes(value: string): Record<string, string | Translations> {
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

export function networks(value: string): string[] {
  const list = words(value);
  for (const network of list) {
    if (!isNetwork(network)) {
      throw new Error('hold only addresses and networks such as 10.0.0.0/8');
    }
  }
  return list;
}

export function schemes(value: string): string[] {
  const list = words(value.toLowerCase());
  for (const scheme of list) {
    if (!/^[a-z][a-z0-9+.-]*$/.test(scheme)) throw new Error('hold only URI schemes such as https');
    if (DANGEROUS_SCHEMES.includes(scheme)) {
      throw new Error(`not allow the scheme ${scheme}, which runs in the browser instead of leaving it`);
    }
  }
  return list;
}

export function brandName(value: string): string {
  if ([...value].length > 40 || /[\p{C}\p{Zl}\p{Zp}]/u.test(value))
    throw new Error('be a name of at most 40 visible characters');
  return value;
}

/** Read at once, so that a picture that cannot be shown stops the start and not a page. */
export function logoFile(value: string): Picture {
  let content: Buffer;
  try {
    if (statSync(value).size > MAX_PICTURE_BYTES) throw new Error('have at most 100 kB');
    content = readFileSync(value);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(code ? `be the path of a file that can be read (${code})` : message);
  }
  const read = readPicture(content);
  if ('problem' in read) throw new Error(read.problem);
  return read.picture;
}

export function color(value: string): string {
  const read = readColor(value);
  if (!read) throw new Error('be a colour such as #0e5a4b');
  return read;
}
