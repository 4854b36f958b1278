import type { AccountDeps } from '../accounts/account-deps.js';
import type { ProfileApiDeps } from '../profile-api/person-of-token.js';

/** What the operations work with. */
export type AccountApiDeps = AccountDeps & ProfileApiDeps;
