/**
 * Which redirect URIs may be registered, and which requested one matches a registered one (RFC 9700 2.1: exactly,
 * with the two exceptions that redirectUriMatches names).
 */
import ipaddr from 'ipaddr.js';
import { DANGEROUS_SCHEMES } from '../../config/parsers.js';
import type { ApplicationKind, ApplicationSettings, ClientType, RedirectMatch } from '../application.js';

const MAX_LENGTH = 2000;

// Every character RFC 3986 allows in a URI. What is outside, a backslash above all, is read differently by different
// URL parsers, and such a difference is how a check is led to see another host than the browser goes to.
const URI_CHARACTERS = /^[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]*$/;

export interface RegistrationOptions {
  clientType: ClientType;
  /** Where it counts: a scheme of its own leads to what is installed on a device. */
  kind?: ApplicationKind;
  /** Lower case and without the colon, from ALLOWED_REDIRECT_URI_SCHEMES. */
  allowedSchemes: string[];
  /** Of this server, whose own pages are nobody's redirect URI. */
  ownOrigin?: string;
}

/** @returns a sentence for the developer who wants to register the URI, or undefined when it may be registered. */
export function findRedirectUriProblem(uri: string, options: RegistrationOptions): string | undefined {
  if (uri.length > MAX_LENGTH) return `is longer than ${MAX_LENGTH} characters.`;
  if (!URI_CHARACTERS.test(uri)) {
    return 'has a character that may not stand in a URI; percent-encode it (an international domain as xn--).';
  }
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(uri)?.[1]?.toLowerCase();
  if (!scheme)
    return 'must be absolute, such as https://app.example.com/callback (a space ends a URI; inside one it is %20).';
  if (HOST_AND_PORT.test(uri))
    return `must be absolute: write ${isOutOfPublicReach(scheme) ? 'http' : 'https'}:// before the host.`;
  if (DANGEROUS_SCHEMES.includes(scheme)) return `may not use the scheme ${scheme}:.`;
  if (uri.includes('#')) return 'may not have a fragment (the part from # on).';
  if (uri.includes('*')) return 'may not have a wildcard (*); register each URI by itself.';
  if (/[,;]$/.test(uri)) return 'ends with a comma or semicolon; write one URI per line, without them.';
  if (!URL.canParse(uri)) return 'is not a valid URL.';
  const url = new URL(uri);
  if (url.username || url.password || /^[^/]*\/\/[^/?]*@/.test(uri))
    return 'may not have a user name or password.';
  if (scheme === 'http' || scheme === 'https') return findWebProblem(uri, url, options);
  return findCustomSchemeProblem(scheme, options);
}

// Where the developer of an application tries it (playground/routes.ts).
const PLAYGROUND_CALLBACK = /^\/applications\/\d+\/playground\/callback$/;

// Without its scheme, the host is taken for one: localhost:3000/cb.
const HOST_AND_PORT = /^[a-z][a-z0-9.-]*:\d{1,5}(?:[/?]|$)/i;

function findWebProblem(
  uri: string,
  url: URL,
  { allowedSchemes, ownOrigin }: RegistrationOptions,
): string | undefined {
  const scheme = url.protocol.slice(0, -1);
  if (!/^https?:\/\/[^/?]/i.test(uri)) return `must have a host after ${scheme}://.`;
  if (!allowedSchemes.includes(scheme)) return `may not use ${scheme}: on this server.`;
  if (scheme === 'http' && !isOutOfPublicReach(url.hostname)) {
    return 'must use https: over http, anybody on the way could read the code. http is fine for localhost and private hosts.';
  }
  if (url.origin === ownOrigin && !PLAYGROUND_CALLBACK.test(url.pathname))
    return 'is a page of this server; a redirect URI is where your application answers.';
  return undefined;
}

/** RFC 8252 7.1: a scheme under a domain name of one's own is not claimed by another app by accident. */
function findCustomSchemeProblem(
  scheme: string,
  { clientType, kind, allowedSchemes }: RegistrationOptions,
): string | undefined {
  if (allowedSchemes.includes(scheme)) return undefined;
  if (clientType === 'confidential')
    return 'must start with https://, or with http:// on localhost (schemes of their own are for public clients).';
  if (kind === 'web' || kind === 'spa') {
    return `may not use the scheme ${scheme}:, which leads to an app on a device; an app in the browser is at https://. If it is installed on a device, choose that kind.`;
  }
  if (!scheme.includes('.')) {
    return `must use a scheme named after a domain of yours, such as com.example.app:, instead of ${scheme}:.`;
  }
  return undefined;
}

const LOCAL_SUFFIXES = ['.localhost', '.test', '.local', '.internal', '.home.arpa'];
const LOCAL_RANGES = ['loopback', 'private', 'linkLocal', 'uniqueLocal', 'carrierGradeNat', 'unspecified'];

/** Whether a host is this machine or can only be one of a private network; the name is not resolved. */
export function isOutOfPublicReach(hostname: string): boolean {
  const address = hostname.replace(/^\[|\]$/g, '');
  if (ipaddr.isValid(address)) return LOCAL_RANGES.includes(ipaddr.process(address).range());
  return !hostname.includes('.') || LOCAL_SUFFIXES.some((suffix) => hostname.endsWith(suffix));
}

// RFC 8252 7.3 speaks of the two loopback addresses; `localhost` may be made to resolve elsewhere (8.3).
const LOOPBACK_ADDRESS_URI = /^(http:\/\/(?:127\.0\.0\.1|\[::1\]))(?::(\d{1,5}))?((?:[/?].*)?)$/;

// Were one of these taken over into the answer, the client would find it twice and might believe the wrong one.
const ANSWER_PARAMETERS = ['code', 'state', 'iss', 'error'];

/**
 * Compares byte for byte, with two exceptions: a loopback address registered without a port matches every port, since
 * a native app listens where it finds room; and under 'extra-query' the requested URI may carry query parameters
 * beyond the registered ones (python-social-auth adds `redirect_state`).
 */
export function redirectUriMatches(registered: string, requested: string, match: RedirectMatch): boolean {
  const expected = withPortOf(registered, requested);
  return expected === requested || (match === 'extra-query' && onlyAddsQuery(expected, requested));
}

/** Whether people may be sent back to it. */
export function isRegistered(
  { redirectUris, redirectMatch }: Pick<ApplicationSettings, 'redirectUris' | 'redirectMatch'>,
  requested: string,
): boolean {
  return redirectUris.some((registered) => redirectUriMatches(registered, requested, redirectMatch));
}

/** The registered URI, with the requested port when it is a loopback address without one. */
function withPortOf(registered: string, requested: string): string {
  const [, host, port, rest] = LOOPBACK_ADDRESS_URI.exec(registered) ?? [];
  const requestedPort = LOOPBACK_ADDRESS_URI.exec(requested)?.[2];
  if (!host || port || !requestedPort || Number(requestedPort) > 65_535) return registered;
  return `${host}:${requestedPort}${rest}`;
}

function onlyAddsQuery(registered: string, requested: string): boolean {
  if (!URI_CHARACTERS.test(requested) || requested.includes('#')) return false;
  const [registeredBase, registeredQuery] = splitQuery(registered);
  const [requestedBase, requestedQuery] = splitQuery(requested);
  if (registeredBase !== requestedBase) return false;
  // All values of a name are compared, so that none can be added to a registered parameter.
  const keepsRegistered = [...registeredQuery.keys()].every(
    (name) => JSON.stringify(registeredQuery.getAll(name)) === JSON.stringify(requestedQuery.getAll(name)),
  );
  const addsAnswer = ANSWER_PARAMETERS.some((name) => requestedQuery.has(name) && !registeredQuery.has(name));
  return keepsRegistered && !addsAnswer;
}

function splitQuery(uri: string): [base: string, query: URLSearchParams] {
  const start = uri.indexOf('?');
  return start < 0
    ? [uri, new URLSearchParams()]
    : [uri.slice(0, start), new URLSearchParams(uri.slice(start + 1))];
}
