import type { Context } from 'koa';
import type { Account } from './account.js';
import type { AccountDeps } from './account-deps.js';
import type { Method } from './authentication.js';

type Deps = Pick<AccountDeps, 'sessions' | 'knownBrowsers'>;

/** Signs a person in in this browser; where it is new to the account, the owner is told. */
export async function signInHere(
  { sessions, knownBrowsers }: Deps,
  ctx: Context,
  account: Account,
  methods: Method[],
): Promise<void> {
  await sessions.start(ctx, account, methods);
  await knownBrowsers.greet(ctx, account);
}

/** As signInHere(), for an account that was made in this browser just now: there is nobody to tell. */
export async function signInToNewAccount(
  { sessions, knownBrowsers }: Deps,
  ctx: Context,
  account: Account,
): Promise<void> {
  await sessions.start(ctx, account, ['pwd']);
  knownBrowsers.remember(ctx, account);
}
