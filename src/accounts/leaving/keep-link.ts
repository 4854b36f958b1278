/**
 * The link with which somebody who is leaving stays after all. Whoever signs in to such an account is given one: it
 * stands for the password or passkey that was right, and works once, for a quarter of an hour. Where there is a second
 * factor the password alone is not enough, here as little as for signing in.
 */
import type { Db } from '../../database/database.js';
import { AppError } from '../../http/errors.js';
import { text } from '../../languages/texts.js';
import { hashToken, newToken } from '../../secrets/token-hash.js';
import type { FactorDeps, FactorOrigin } from '../factors/factor-deps.js';
import { findFactors, type Way } from '../factors/find-factors.js';
import { type FactorResult, proveFactor } from '../factors/prove-factor.js';
import { getAccount } from '../find-account.js';
import { keepAccount } from './delete-account.js';
import { type Deletion, findCancellableDeletion } from './store.js';

/** Somebody who has proved who they are, but asked to have their account deleted: they may keep it. */
export interface LeavingPerson {
  accountId: number;
  /** By a password, where there is a second factor. */
  lacksFactor: boolean;
}

const PROVEN = 'keep-account';
const BY_PASSWORD_ALONE = 'keep-account-with-factor';
const LIFETIME = 15 * 60 * 1000;

function linkIsUsedUp(): AppError {
  return new AppError(410, 'link_used_up', text('accounts.leaving.linkUsedUp'), {
    hint: text('accounts.leaving.linkUsedUpHint'),
    link: { href: '/login', text: text('layout.signIn') },
  });
}

export async function makeKeepToken(db: Db, { accountId, lacksFactor }: LeavingPerson): Promise<string> {
  const token = newToken();
  const at = new Date();
  await db('one_time_links').insert({
    token_hash: hashToken(token),
    purpose: lacksFactor ? BY_PASSWORD_ALONE : PROVEN,
    account_id: accountId,
    created_at: at,
    expires_at: new Date(at.getTime() + LIFETIME),
  });
  return token;
}

/** @returns the path of the page that asks whether to keep the account */
export async function makeKeepLink(db: Db, leaving: LeavingPerson): Promise<string> {
  return `/account/keep?token=${await makeKeepToken(db, leaving)}`;
}

const live = (db: Db, token: string, at: Date) =>
  db('one_time_links')
    .where({ token_hash: hashToken(token), used_at: null })
    .whereIn('purpose', [PROVEN, BY_PASSWORD_ALONE])
    .where('expires_at', '>', at);

/** Looks without using the link up. @throws AppError link_used_up */
export async function getDeletionOf(
  db: Db,
  token: string,
): Promise<Deletion & { isCodeRequired: boolean; hasApp: boolean }> {
  const at = new Date();
  const link: { account_id: number; purpose: string } | undefined = await live(db, token, at).first(
    'account_id',
    'purpose',
  );
  const deletion = link && (await findCancellableDeletion(db, link.account_id, at));
  if (!deletion) throw linkIsUsedUp();
  const { appSince } = await findFactors(db, link.account_id);
  return { ...deletion, isCodeRequired: link.purpose === BY_PASSWORD_ALONE, hasApp: appSince !== null };
}

const APP_CODE = /^\s*\d{3}\s?\d{3}\s*$/;

export type KeepResult = { outcome: 'kept' } | (Exclude<FactorResult, { outcome: 'right' }> & { way: Way });

/**
 * @param code of the authenticator app, or a recovery code, where the link asks for one
 * @throws AppError link_used_up
 */
export async function useKeepLink(
  deps: FactorDeps,
  { token, code }: { token: string; code: string },
  from: FactorOrigin,
): Promise<KeepResult> {
  const { knex } = deps.database;
  const { at, network, requestId } = from;
  const { accountId, isCodeRequired } = await getDeletionOf(knex, token);
  if (isCodeRequired) {
    const way = APP_CODE.test(code) ? 'app' : 'recovery_code';
    const proof = await proveFactor(deps, await getAccount(knex, accountId), { way, code }, from);
    if (proof.outcome !== 'right') return { ...proof, way };
  }
  await knex.transaction(async (transaction) => {
    const [used]: { account_id: number }[] = await live(transaction, token, at)
      .update({ used_at: at })
      .returning('account_id');
    if (!used || !(await keepAccount(transaction, used.account_id, at, { network, requestId })))
      throw linkIsUsedUp();
  });
  return { outcome: 'kept' };
}
