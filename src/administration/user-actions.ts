/** What a superuser may do to an account: each is explained on a page of its own, with its button and a reason. */
import type { Context } from 'koa';
import type { Account } from '../accounts/account.js';
import { resetFactors } from '../accounts/factors/reset-factors.js';
import { findAccount } from '../accounts/find-account.js';
import { startReset } from '../accounts/recovery/start-reset.js';
import { requireRecentSignIn } from '../accounts/require-recent-sign-in.js';
import { setAccountEnabled } from '../accounts/set-account-enabled.js';
import { setSuperuser } from '../accounts/set-superuser.js';
import { signOutEverywhere } from '../accounts/sign-out-everywhere.js';
import type { Administrator } from '../audit/audit.js';
import { readReason } from '../audit/read-reason.js';
import { type FieldErrors, notFound } from '../http/errors.js';
import { getId } from '../http/row-id.js';
import { seeOther } from '../http/see-other.js';
import { notify } from '../mail/notify.js';
import type { AdministrationDeps } from './administration-deps.js';
import { administratorOf } from './require-superuser.js';

interface UserAction {
  /** The last part of its address. */
  name: string;
  /** Whether there is any sense in it for this account. */
  isFor(user: Account): boolean;
  /** On the button, there and on the person's page. */
  button: string;
  sentence: string;
  isDanger: boolean;
  /** What is said once it is done. */
  done: string;
  /** @returns a link to show to the administrator, once */
  run(deps: AdministrationDeps, user: Account, by: Administrator): Promise<unknown>;
}

export const USER_ACTIONS: UserAction[] = [
  {
    name: 'disable',
    isFor: (user) => !user.disabledAt,
    button: 'Disable',
    sentence:
      'The account stays, and nobody can sign in to it. Every browser is signed out, and every token of it stops working, at once and for good.',
    isDanger: true,
    done: 'The account is disabled.',
    run: ({ database, mails }, { id }, by) =>
      setAccountEnabled(database, id, false, by, (transaction) =>
        notify(mails, transaction, { accountId: id, notice: 'accountDisabled', values: {} }),
      ),
  },
  {
    name: 'enable',
    isFor: (user) => Boolean(user.disabledAt),
    button: 'Enable',
    sentence: 'The person can sign in again. Sessions and tokens from before do not come back.',
    isDanger: false,
    done: 'The account is enabled.',
    run: ({ database }, user, by) => setAccountEnabled(database, user.id, true, by),
  },
  {
    name: 'sign-out',
    isFor: (user) => !user.disabledAt,
    button: 'Sign out everywhere',
    sentence:
      'Every browser is signed out, applications lose the tokens they hold, and the access tokens the person has made for their own programs end. They can sign in again at once.',
    isDanger: true,
    done: 'The person is signed out everywhere.',
    run: ({ database }, user, by) => signOutEverywhere(database, user.id, by),
  },
  {
    name: 'reset-password',
    isFor: (user) => !user.disabledAt,
    button: 'Help with a new password',
    sentence:
      'The person gets a link by mail with which they choose a new password, once and within an hour. Without a mail server, or for somebody without an address, the link is shown to you. Until it is used everything stays as it is.',
    isDanger: false,
    done: 'The link is on its way to the person.',
    run: async (deps, user, by) => (await startReset(deps, user.id, { by, isMailed: true })).link,
  },
  {
    name: 'reset-factors',
    isFor: (user) => !user.disabledAt,
    button: 'Remove the second factors',
    sentence:
      'For somebody who has lost them all: the authenticator app, the recovery codes, the passkeys and the remembered browsers are forgotten, and the password alone signs them in until they set up another. Be sure who is asking you.',
    isDanger: true,
    done: 'The second factors are removed.',
    run: (deps, user, by) => resetFactors(deps, user.id, by),
  },
  {
    name: 'make-superuser',
    isFor: (user) => !user.isSuperuser && !user.disabledAt,
    button: 'Make a superuser',
    sentence: 'A superuser may see and change every account, every application and this server itself.',
    isDanger: true,
    done: 'The person is a superuser now.',
    run: ({ database }, user, by) => setSuperuser(database, user.id, true, by),
  },
  {
    name: 'unmake-superuser',
    isFor: (user) => user.isSuperuser,
    button: 'Make an ordinary user',
    sentence: 'The person keeps the account and loses these pages.',
    isDanger: true,
    done: 'The person is no longer a superuser.',
    run: ({ database }, user, by) => setSuperuser(database, user.id, false, by),
  },
];

/** The account and the action the address names. @throws AppError 404 */
async function getNamedAction(
  deps: AdministrationDeps,
  ctx: Context,
): Promise<{ user: Account; action: UserAction }> {
  const action = USER_ACTIONS.find(({ name }) => name === ctx.params.action);
  const user = action && (await findAccount(deps.database.knex, getId(ctx.params.id)));
  if (!user) throw notFound();
  return { user, action };
}

export async function confirmUserAction(
  deps: AdministrationDeps,
  ctx: Context,
  { values = {}, errors = {} }: { values?: Record<string, string>; errors?: FieldErrors } = {},
): Promise<void> {
  requireRecentSignIn(ctx);
  const { user, action } = await getNamedAction(deps, ctx);
  const locals = {
    heading: `${action.button}: ${user.username}`,
    sentence: action.sentence,
    button: action.button,
    isDanger: action.isDanger,
    back: { href: `/admin/users/${user.id}`, label: user.username },
    values,
    errors,
  };
  const status = Object.keys(errors).length ? 422 : 200;
  deps.pages.render(ctx, 'administration/confirm', locals, { status });
}

export async function runUserAction(deps: AdministrationDeps, ctx: Context, admin: Account): Promise<void> {
  requireRecentSignIn(ctx);
  const { user, action } = await getNamedAction(deps, ctx);
  if (!action.isFor(user)) throw notFound();
  const { reason, errors } = readReason(ctx);
  if (errors.reason) return confirmUserAction(deps, ctx, { values: { reason }, errors });
  const link = await action.run(deps, user, administratorOf(ctx, admin, reason));
  if (typeof link === 'string') return showLink(deps, ctx, user, link);
  // Whoever has demoted or disabled themselves has no page here any more.
  const isOwn = user.id === admin.id && ['disable', 'unmake-superuser', 'sign-out'].includes(action.name);
  seeOther(ctx, isOwn ? '/' : `/admin/users/${user.id}?done=${action.name}`);
}

function showLink({ pages }: AdministrationDeps, ctx: Context, user: Account, link: string): void {
  const locals = {
    heading: `A link for ${user.username}`,
    sentence:
      'Hand it over by a way that reaches nobody else. It works once, for an hour, and is shown only now.',
    link,
    back: { href: `/admin/users/${user.id}`, label: user.username },
  };
  pages.render(ctx, 'administration/link', locals);
}
