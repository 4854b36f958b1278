import type { Context } from 'koa';
import type Provider from 'oidc-provider';
import type { Client } from 'oidc-provider';
import { errors } from 'oidc-provider';
import type { Passwords } from '../accounts/passwords.js';
import type { Activity } from '../applications/activity/activity.js';
import type { Config } from '../config/config.js';
import type { Database } from '../database/database.js';
import type { RequestMemory } from '../engine/request-memory.js';
import type { Mails } from '../mail/mails.js';
import type { FreshCodes } from '../tokens/fresh-codes.js';
import type { LiveAccessTokens } from '../tokens/live-access-tokens.js';
import type { Outages } from '../tokens/outages.js';
import type { Issued } from '../tokens/records.js';

export interface GrantDeps {
  activity: Activity;
  config: Config;
  database: Database;
  freshCodes: FreshCodes;
  liveTokens: LiveAccessTokens;
  mails: Mails;
  outages: Outages;
  passwords: Passwords;
}

/** One request at the token endpoint, after the client has been authenticated. */
export interface TokenRequest extends GrantDeps {
  ctx: Context;
  provider: Provider;
  client: Client;
  /** The parameters of the request; an empty one counts as missing (RFC 6749 3.2). */
  params: Record<string, string | undefined>;
  /** The scope as it was sent, which may be empty. */
  sentScope: string | undefined;
  memory: RequestMemory;
  at: Date;
}

/** One grant of the token endpoint. The steps every grant shares are in answer-token-request.ts. */
export interface TokenGrant {
  grantType: string;
  /** The body parameters the grant reads beside grant_type and the client's credentials. */
  parameters: string[];
  /** Whether oidc-provider has this grant; the others are registered with it. */
  isOfEngine: boolean;
  /** Whether issue-plainly.ts knows how to issue its tokens. */
  isIssuedPlainly?: true;
  /**
   * Checks what is presented, issues, and stores the tokens in one statement; leaves the answer in ctx.body.
   * @param issue checks the rest and issues: leaves the tokens in request.memory.issued and the answer in ctx.body.
   *   It is the engine's, or that of the plain case (issue-plainly.ts)
   */
  answer(request: TokenRequest, issue: () => Promise<void>): Promise<void>;
}

/** A refusal with a sentence for the client's developer that helps no attacker. */
export function invalidGrant(description: string): errors.InvalidGrant {
  return Object.assign(new errors.InvalidGrant(description), { error_description: description });
}

/** What the engine has issued in this request. */
export function issuedTokens({ memory }: TokenRequest): Issued {
  const { accessToken, refreshToken } = memory.issued ?? {};
  if (!accessToken) throw new Error('The grant ended without an access token.');
  return { accessToken, refreshToken };
}
