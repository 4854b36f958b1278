/**
 * What one request has read, so that nothing is read twice, and what it has issued but not stored yet, so that a code
 * is spent and its tokens are stored by one statement at the end (grants/exchange.ts). Lives as long as the request.
 */
import Provider from 'oidc-provider';
import type { GrantRecord } from '../tokens/grants.js';
import type { FoundToken, Holder, TokenRecord } from '../tokens/records.js';

export interface RequestMemory {
  /** The code, refresh token or access token this request is about, by its value. */
  presented: Map<string, FoundToken & { consumedAt?: Date | null }>;
  holder: Holder | undefined;
  /** A grant made by this request and not stored yet. */
  newGrant: GrantRecord | undefined;
  /** Set while a token request is being answered: what the engine saves is collected here instead of being stored. */
  issued: { accessToken?: TokenRecord; refreshToken?: TokenRecord } | undefined;
  /** The session as it was read, to see whether there is anything new to write. */
  sessionAsRead: string | undefined;
}

const memories = new WeakMap<object, RequestMemory>();

/** The memory of a request, by default the one being served; an empty one outside of the engine's requests. */
export function requestMemory(ctx: object | undefined = Provider.ctx): RequestMemory {
  const known = ctx && memories.get(ctx);
  if (known) return known;
  const memory: RequestMemory = {
    presented: new Map(),
    holder: undefined,
    newGrant: undefined,
    issued: undefined,
    sessionAsRead: undefined,
  };
  if (ctx) memories.set(ctx, memory);
  return memory;
}

/** Keeps what was found under the value it was presented as, together with its grant and holder. */
export function remember(token: string, found: FoundToken & { consumedAt?: Date | null }): void {
  const memory = requestMemory();
  memory.presented.set(token, found);
  memory.holder = found.holder;
}

/** The name of the engine's route being served: 'token', 'introspection', 'revocation'... */
export function currentRoute(): string | undefined {
  return Provider.ctx?.oidc.route;
}
