import type { TokenEndpointGrantContext } from 'oidc-provider';
import { errors } from 'oidc-provider';
import type { Config } from '../config/config.js';
import type { Database } from '../database/database.js';
import type { RequestMemory } from '../engine/request-memory.js';
import type { Passwords } from '../accounts/passwords.js';
import type Provider from 'oidc-provider';

export interface GrantDeps {
  config: Config;
  database: Database;
  passwords: Passwords;
}

/** One request at the token endpoint, after the client has been authenticated. */
export interface TokenRequest extends GrantDeps {
  ctx: TokenEndpointGrantContext<Record<string, string | undefined>>;
  provider: Provider;
  memory: RequestMemory;
  at: Date;
}

/**
 * One grant of the token endpoint. The steps every grant shares are in exchange.ts; here is what differs.
 */
export interface TokenGrant {
  grantType: string;
  /** The body parameters the grant reads beside grant_type and the client's credentials. */
  parameters: string[];
  /** Checks what is presented before anything is issued. 'answered' means that ctx.body already holds the answer. */
  prepare?(request: TokenRequest): Promise<'answered' | undefined>;
  /** For a grant the engine does not have: issues the tokens. */
  issue?(request: TokenRequest): Promise<void>;
  /** Stores what was issued, in one statement. 'answered' as above. */
  store(request: TokenRequest): Promise<void>;
}

/** A refusal with a sentence for the client's developer that helps no attacker. */
export function invalidGrant(description: string): errors.InvalidGrant {
  return Object.assign(new errors.InvalidGrant(description), { error_description: description });
}

/** What the engine has issued in this request. */
export function issuedTokens({ memory }: TokenRequest) {
  const { accessToken, refreshToken } = memory.issued ?? {};
  if (!accessToken) throw new Error('The grant ended without an access token.');
  return { accessToken, refreshToken };
}
