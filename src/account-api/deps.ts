import type { AccountDeps } from '../accounts/account-deps.js';
import type { LiveAccessTokens } from '../tokens/live-access-tokens.js';

/** What the operations work with. */
export interface AccountApiDeps extends AccountDeps {
  liveTokens: LiveAccessTokens;
}
