/**
 * What every request is known by: an id that the reader, the log and the audit trail share, and the address it came
 * from. X-Forwarded-For is believed only from the proxies of the configuration, read from the right, so that a client
 * cannot choose the address it is throttled by.
 */
import { randomUUID } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import type { Context, Middleware } from 'koa';
import type { Account } from '../accounts/account.js';
import type { SignIn } from '../accounts/authentication.js';
import type { SessionActor } from '../engine/session-actors.js';
import type { Language } from '../languages/languages.js';

declare module 'koa' {
  interface DefaultState {
    /** A superuser who acts in this session in the place of the person it belongs to. */
    actor?: SessionActor | undefined;
    /** The username of that person. */
    actsAs?: string | undefined;
    requestId: string;
    /** The client's address; an IPv4 address mapped into IPv6 is written as IPv4. */
    network: string;
    /** Where an OAuth error is explained to the owner of the application (applications/problems). */
    errorUri?: string;
    /** Who is signed in; set on page routes. */
    account?: Account | undefined;
    /** When and how they signed in. */
    signIn?: SignIn | undefined;
    /** What the page is to be written in; found out when it is asked for, by all that is known by then. */
    readonly language: Language;
    /** Of the forms on the page, where it may have any; reading it gives the browser its cookie. */
    readonly csrfToken: string | undefined;
    /** Set by csrfProtection. */
    makeCsrfToken?: (ctx: Context) => string;
  }
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = [Address, number];

/** Some proxies name the port as well: `198.51.100.9:443`, `[2001:db8::1]:443`. */
const WITH_PORT = /^(?:\[(?<ipv6>[^\]]+)\](?::\d{1,5})?|(?<ipv4>[\d.]+):\d{1,5})$/;

function parseAddress(text = ''): Address | undefined {
  const trimmed = text.trim();
  const { ipv6, ipv4 } = WITH_PORT.exec(trimmed)?.groups ?? {};
  const address = ipv6 ?? ipv4 ?? trimmed;
  return ipaddr.isValid(address) ? ipaddr.process(address) : undefined;
}

function parseNetwork(text: string): Network {
  if (text.includes('/')) return ipaddr.parseCIDR(text);
  const address = ipaddr.process(text);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}

function isIn(networks: Network[], address: Address): boolean {
  return networks.some((network) => network[0].kind() === address.kind() && address.match(network));
}

// A proxy brings all of the requests, and reading its address each time takes 2 us.
const MOST_PEERS = 1_000;

/** parseAddress, for those that connections come from. */
function createPeerReader(): (peer: string) => Address | undefined {
  const known = new Map<string, Address>();
  return (peer) => {
    const read = known.get(peer);
    if (read) return read;
    const address = parseAddress(peer);
    if (known.size >= MOST_PEERS) known.clear();
    if (address) known.set(peer, address);
    return address;
  };
}

/** The first address from the right that is not one of our proxies; a forged entry left of it is never read. */
function findClientAddress(peer: Address | undefined, forwardedFor: string, proxies: Network[]): string {
  let client = peer;
  const hops = forwardedFor.split(',');
  while (client && isIn(proxies, client) && hops.length) {
    const next = parseAddress(hops.pop());
    if (!next) break;
    client = next;
  }
  return client?.toString() ?? 'unknown';
}

/** A class: two getters defined anew on each request's own object took a quarter of the CPU of a /profile. */
class RequestState {
  // It draws its randomness in bulk: 0.1 us, where randomBytes takes 2.
  readonly requestId = randomUUID();
  readonly network: string;
  makeCsrfToken: ((ctx: Context) => string) | undefined;
  readonly #ctx: Context;
  readonly #chooseLanguage: (ctx: Context) => Language;
  #csrfToken: string | undefined;

  constructor(ctx: Context, network: string, chooseLanguage: (ctx: Context) => Language) {
    this.network = network;
    this.#ctx = ctx;
    this.#chooseLanguage = chooseLanguage;
  }

  get language(): Language {
    return this.#chooseLanguage(this.#ctx);
  }

  get csrfToken(): string | undefined {
    this.#csrfToken ??= this.makeCsrfToken?.(this.#ctx);
    return this.#csrfToken;
  }
}

/**
 * @param trustedProxies addresses or networks, already validated by the configuration
 * @param chooseLanguage asked only when something reads the language: most requests are those of programs
 */
export function requestContext(
  { trustedProxies }: { trustedProxies: string[] },
  chooseLanguage: (ctx: Context) => Language,
): Middleware {
  const proxies = trustedProxies.map(parseNetwork);
  const readPeer = createPeerReader();
  return (ctx, next) => {
    const peer = readPeer(ctx.req.socket.remoteAddress ?? '');
    const network = findClientAddress(peer, ctx.get('X-Forwarded-For'), proxies);
    ctx.state = new RequestState(ctx as Context, network, chooseLanguage);
    ctx.set('X-Request-Id', ctx.state.requestId);
    return next();
  };
}
