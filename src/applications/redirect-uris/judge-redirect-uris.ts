/**
 * Redirect URIs line by line, as the form shows them while they are typed and the application's page afterwards: what
 * is wrong with one (it is refused), or what its developer should know (it is saved all the same).
 */
import type { ApplicationKind } from '../application.js';
import { findRedirectUriProblem, type RegistrationOptions } from './redirect-uris.js';

export interface TypedUri {
  uri: string;
  /** Counted from 1. */
  line: number;
}

export interface JudgedUri extends TypedUri {
  /** Either completes a sentence that begins with the URI. */
  problem?: string;
  advice?: string;
}

/** White space parts URIs as a line break does: Django OAuth Toolkit's form has them all on one line. */
export function linesOf(text: string): TypedUri[] {
  return text.split(/\r\n|\r|\n/).flatMap((words, index) =>
    words
      .split(/\s+/)
      .filter(Boolean)
      .map((uri) => ({ uri, line: index + 1 })),
  );
}

type JudgingOptions = RegistrationOptions & { kind: ApplicationKind };

/** Those that have a problem or advice. */
export function listRemarks(typed: TypedUri[], options: JudgingOptions): JudgedUri[] {
  return judgeRedirectUris(typed, options).filter(({ problem, advice }) => problem ?? advice);
}

export function judgeRedirectUris(typed: TypedUri[], options: JudgingOptions): JudgedUri[] {
  const isLive = typed.some(({ uri }) => isPublicWebsite(uri));
  return typed.map((each, index) => {
    const problem = findRedirectUriProblem(each.uri, options);
    if (problem) return { ...each, problem };
    const advice =
      findTwin(each.uri, typed.slice(0, index)) ?? findAdvice(each.uri, { kind: options.kind, isLive });
    return advice ? { ...each, advice } : each;
  });
}

/** One before it that is the same, or looks the same to whoever does not compare letter by letter. */
function findTwin(uri: string, before: TypedUri[]): string | undefined {
  const plain = (text: string) => text.replace(/\/$/, '').toLowerCase();
  const twin = before.find((other) => plain(other.uri) === plain(uri));
  if (!twin) return undefined;
  if (twin.uri === uri) return `stands in line ${twin.line} already; it is registered once.`;
  const isSlash = twin.uri.toLowerCase() !== uri.toLowerCase();
  const difference = isSlash ? 'a slash at the end' : 'capital letters';
  return `differs from line ${twin.line} by ${difference} alone. Each is compared letter by letter: keep the one that your application sends.`;
}

// All of 127.0.0.0/8, and every name that RFC 6761 6.3 keeps for this machine.
const ANY_LOOPBACK_HOST = /^(?:localhost|(?:.*\.)localhost|127(?:\.\d+){3}|\[::1\])$/;

function findAdvice(
  uri: string,
  { kind, isLive }: { kind: ApplicationKind; isLive: boolean },
): string | undefined {
  if (!/^https?:/i.test(uri)) return undefined;
  const url = new URL(uri);
  const isLoopback = ANY_LOOPBACK_HOST.test(url.hostname);
  if (url.protocol === 'http:' && isLoopback && kind === 'native') return findLoopbackAdvice(url);
  if (url.protocol === 'http:' && isLoopback && isLive)
    return 'is for development: whatever runs on the computer of somebody who signs in could take the code there. Take it out before people use the application, or register another one for development.';
  if (url.protocol === 'http:' && !isLoopback)
    return 'is not encrypted: whoever can listen in that network can read the code.';
  if (url.href === uri) return undefined;
  const reason = uri === url.origin ? 'has no path' : 'is written unusually';
  return `${reason}: browsers and many libraries make ${url.href} of it, and redirect URIs are compared letter by letter. Register what your application sends.`;
}

/** RFC 8252 7.3 and 8.3: an address, which nothing can resolve elsewhere, and no port, since an app takes one that is free. */
function findLoopbackAdvice(url: URL): string | undefined {
  const rest = `${url.pathname}${url.search}`;
  if (url.hostname.endsWith('localhost'))
    return `is better written as http://127.0.0.1${rest} without a port: localhost can be made to lead elsewhere, and an address without a port matches every port (RFC 8252 8.3 and 7.3).`;
  if (url.port)
    return `matches this port alone. Without it, as http://${url.hostname}${rest}, every port matches, and the app can listen where it finds room (RFC 8252 7.3).`;
  return undefined;
}

function isPublicWebsite(uri: string): boolean {
  if (!/^https:\/\//i.test(uri) || !URL.canParse(uri)) return false;
  const { hostname } = new URL(uri);
  return hostname.includes('.') && !ANY_LOOPBACK_HOST.test(hostname);
}
