/**
 * Adding and removing second factors. Each change is recorded, told by mail, and ends what rested on the factors before:
 * the remembered browsers, and sign-ins half done.
 */
import { type EventName, recordEvent } from '../../audit/audit.js';
import type { Database, Db } from '../../database/database.js';
import { type Notice, notify } from '../../mail/notify.js';
import { deletePasskeysOf } from '../passkeys/store.js';
import { lockAccount } from '../store.js';
import type { FactorDeps, FactorOrigin } from './factor-deps.js';
import { findFactors, hasFactor } from './find-factors.js';
import { deletePendingSignInsOf } from './pending-sign-ins.js';
import { deleteRecoveryCodes, replaceRecoveryCodes } from './recovery-codes.js';
import { deleteRememberedBrowsers } from './remembered-browsers.js';
import { addApp, deleteApp } from './totp.js';

type PlainNotice = Extract<Notice, 'factorAdded' | 'factorRemoved' | 'recoveryCodesMade'>;

async function tell(
  mails: FactorDeps['mails'],
  transaction: Db,
  accountId: number,
  change: { event: EventName; notice: PlainNotice; details?: Record<string, unknown> },
  { at, network, requestId, language }: FactorOrigin,
): Promise<void> {
  const { event, notice, details } = change;
  await recordEvent(transaction, { event, at, accountId, network, requestId, details });
  await notify(mails, transaction, { accountId, notice, values: {}, network, language });
}

/** For whatever changes how an account signs in, its password included. Pass the transaction of the change. */
export async function forgetBrowsersOf(transaction: Db, accountId: number): Promise<void> {
  await deleteRememberedBrowsers(transaction, accountId);
  await deletePendingSignInsOf(transaction, accountId);
}

export type AppAdded =
  /** The recovery codes made with the first factor; none when there were some before. */
  { outcome: 'added'; recoveryCodes: string[] } | { outcome: 'wrong' } | { outcome: 'exists' };

/** @param app.seed as it was offered, @param app.code what the app shows for it */
export async function addAuthenticatorApp(
  { database, mails, factorKeys }: FactorDeps,
  accountId: number,
  { seed, code }: { seed: string; code: string },
  from: FactorOrigin,
): Promise<AppAdded> {
  return database.knex.transaction(async (transaction) => {
    const before = await findFactors(transaction, accountId);
    const { at } = from;
    const outcome = await addApp(transaction, factorKeys.seeds, { accountId, seed, code, at });
    if (outcome !== 'added') return { outcome };
    await forgetBrowsersOf(transaction, accountId);
    const change = { event: 'factor.added', notice: 'factorAdded', details: { factor: 'app' } } as const;
    await tell(mails, transaction, accountId, change, from);
    if (before.recoveryCodes) return { outcome, recoveryCodes: [] };
    return {
      outcome,
      recoveryCodes: await replaceRecoveryCodes(transaction, factorKeys.codes, accountId, at),
    };
  });
}

/**
 * Removes one factor; the last takes the recovery codes along.
 * @param remove whether it was there
 * @param tell records and tells it, once however many remove it at the same time
 * @returns why not, if a group requires that it stays
 */
export async function removeFactor(
  { knex }: Database,
  accountId: number,
  remove: (transaction: Db) => Promise<boolean>,
  tell: (transaction: Db) => Promise<void>,
): Promise<'removed' | 'required'> {
  const transaction = await knex.transaction();
  try {
    // Or else two removals at once would each see the other's factor, and none would be left.
    await lockAccount(transaction, accountId);
    const wasThere = await remove(transaction);
    const left = await findFactors(transaction, accountId);
    if (left.isRequired && !hasFactor(left)) {
      await transaction.rollback();
      return 'required';
    }
    if (wasThere) {
      if (!hasFactor(left)) await deleteRecoveryCodes(transaction, accountId);
      await forgetBrowsersOf(transaction, accountId);
      await tell(transaction);
    }
    await transaction.commit();
    return 'removed';
  } catch (error) {
    await transaction.rollback();
    throw error;
  }
}

export async function removeAuthenticatorApp(
  { database, mails }: FactorDeps,
  accountId: number,
  from: FactorOrigin,
): Promise<'removed' | 'required'> {
  const change = { event: 'factor.removed', notice: 'factorRemoved', details: { factor: 'app' } } as const;
  return removeFactor(
    database,
    accountId,
    (transaction) => deleteApp(transaction, accountId),
    (transaction) => tell(mails, transaction, accountId, change, from),
  );
}

/** @returns a new set, which ends the old one */
export async function renewRecoveryCodes(
  { database, mails, factorKeys }: FactorDeps,
  accountId: number,
  from: FactorOrigin,
): Promise<string[]> {
  return database.knex.transaction(async (transaction) => {
    const codes = await replaceRecoveryCodes(transaction, factorKeys.codes, accountId, from.at);
    const change = { event: 'recovery_codes.made', notice: 'recoveryCodesMade' } as const;
    await tell(mails, transaction, accountId, change, from);
    return codes;
  });
}

/** Takes every second factor away, for those who help somebody that has lost them all. Recording and telling is theirs. */
export async function removeAllFactors(transaction: Db, accountId: number): Promise<void> {
  await deleteApp(transaction, accountId);
  await deletePasskeysOf(transaction, accountId);
  await deleteRecoveryCodes(transaction, accountId);
  await forgetBrowsersOf(transaction, accountId);
}
