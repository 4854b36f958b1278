import type { Context } from 'koa';
import type { AccountDeps } from './account-deps.js';
import type { Method } from './authentication.js';

type Deps = Pick<AccountDeps, 'sessions' | 'knownBrowsers'>;

/** Signs a person in in this browser; where it is new to the account, the owner is told. */
export async function signInHere(
  { sessions, knownBrowsers }: Deps,
  ctx: Context,
  accountId: number,
  methods: Method[],
): Promise<void> {
  await sessions.start(ctx, accountId, methods);
  await knownBrowsers.greet(ctx, accountId);
}

/** As signInHere(), for an account that was made in this browser just now: there is nobody to tell. */
export async function signInToNewAccount(
  { sessions, knownBrowsers }: Deps,
  ctx: Context,
  accountId: number,
): Promise<void> {
  await sessions.start(ctx, accountId, ['pwd']);
  knownBrowsers.remember(ctx, accountId);
}
