/**
 * What one request has read, so that nothing is read twice, and what it has issued but not stored yet, so that a code
 * is spent and its tokens are stored by one statement at the end (src/grants). Lives as long as the request.
 */
import type { Context } from 'koa';
import Provider from 'oidc-provider';
import type { Consent } from '../authorization/consents.js';
import type { FoundCode } from '../tokens/authorization-codes.js';
import type { GrantRecord, NewGrant } from '../tokens/grants.js';
import type { FoundToken, Holder, TokenRecord } from '../tokens/records.js';
import type { FoundRefreshToken } from '../tokens/refresh-tokens.js';
import type { SessionActor } from './session-actors.js';

interface Presented<Found> {
  /** The code or token as it was presented. */
  value: string;
  found: Found;
}

export interface RequestMemory {
  code?: Presented<FoundCode>;
  refreshToken?: Presented<FoundRefreshToken>;
  /** The person behind the session or the token, when it came along with it. */
  holder?: Holder | undefined;
  /** Who acts in the session in the place of the holder. */
  actor?: SessionActor | undefined;
  /** What the person behind the session has decided about the application of this request, undefined when nothing yet. */
  consent?: { accountId: number; clientId: string; found: Consent | undefined };
  /** A grant: the one of what was presented, or one made by this request and not stored yet. */
  grant?: GrantRecord | undefined;
  newGrant?: NewGrant;
  /** The grant is made because of what the person has agreed to before: it is stored only while that is there. */
  isByConsent?: boolean;
  /** Why the token request is refused, when that is known before the engine is asked: it only words it. */
  refusal?: unknown;
  /** The JWT that is introspected or revoked, which the engine is not shown (jwt-access-tokens.ts). */
  structuredToken?: string;
  /** Set while a token request is being answered: what the engine saves is collected here instead of being stored. */
  issued?: { accessToken?: TokenRecord; refreshToken?: TokenRecord };
  /** Whether the answer is the one that was given before, to the same refresh token. */
  isRepeated?: true;
  /** The session as it was read, to see whether there is anything new to write; `exp` in seconds. */
  session?: { id: string; uid: string; exp: number; details: string };
}

declare module 'koa' {
  interface DefaultState {
    memory?: RequestMemory | undefined;
  }
}

/**
 * The memory of a request, by default the one being served; an empty one outside of the engine's requests. In its state and
 * not in a WeakMap, whose values V8 keeps from one collection of garbage to the next.
 */
export function requestMemory(ctx: Pick<Context, 'state'> | undefined = Provider.ctx): RequestMemory {
  if (!ctx) return {};
  ctx.state.memory ??= {};
  return ctx.state.memory;
}

/** Keeps what came along with a token: its grant and the person behind it. */
export function rememberOwner({ grant, holder }: FoundToken): void {
  const memory = requestMemory();
  memory.grant = grant;
  memory.holder = holder;
}

/** The token as it was presented, for the word that the engine may have been given in its place (jwt-access-tokens.ts). */
export const resolveStandIn = (token: string): string => requestMemory().structuredToken ?? token;

/** Whether this request has just proved who the person is. */
export function hasJustSignedIn(): boolean {
  return Provider.ctx?.oidc.result?.login !== undefined;
}

/** The access epoch of the account that this request signs in, when the sign-in began. */
export function justSignedInEpoch(): number | undefined {
  return Provider.ctx?.oidc.result?.login?.accessEpoch as number | undefined;
}

/** Whether the person has just confirmed to sign out of this browser. */
export function isSigningOut(): boolean {
  return currentRoute() === 'end_session_confirm' && Provider.ctx?.oidc.params?.logout !== undefined;
}

/** The name of the engine's route being served: 'token', 'introspection', 'revocation'... */
export function currentRoute(): string | undefined {
  return Provider.ctx?.oidc.route;
}
