/** A person makes and revokes tokens for programs of their own; each is recorded, and its making is told by mail. */
import { recordEvent } from '../../audit/audit.js';
import type { Database } from '../../database/database.js';
import type { FieldErrors } from '../../http/errors.js';
import type { Language } from '../../languages/languages.js';
import { text } from '../../languages/texts.js';
import type { Mails } from '../../mail/mails.js';
import { notify } from '../../mail/notify.js';
import { expiryAfter } from '../../secrets/lifetimes.js';
import { hashToken } from '../../secrets/token-hash.js';
import { lockAccount } from '../store.js';
import { deletePersonalToken, insertPersonalToken, listPersonalTokensOf } from './store.js';
import { makeTokenValue } from './token-format.js';

/** As many as anybody can keep apart. */
export const MOST_TOKENS = 50;

const HINT_LENGTH = 4;

export interface TokenWish {
  name: string;
  scopes: string[];
  /** null: until it is revoked. */
  days: number | null;
}

interface Origin {
  network: string;
  requestId: string;
}

/** @returns the token, which is never shown again, since only its hash is stored */
export async function makePersonalToken(
  { database, mails }: { database: Database; mails: Mails },
  accountId: number,
  { name, scopes, days }: TokenWish,
  { language, ...from }: Origin & { language: Language },
): Promise<{ ok: true; value: string } | { ok: false; errors: FieldErrors }> {
  const value = makeTokenValue();
  const at = new Date();
  const expiresAt = expiryAfter(days, at);
  const isMade = await database.knex.transaction(async (transaction) => {
    // Of two requests at once the second counts the token of the first.
    await lockAccount(transaction, accountId);
    const known = await listPersonalTokensOf(transaction, accountId, at);
    if (known.length >= MOST_TOKENS) return false;
    const hint = value.slice(-HINT_LENGTH);
    const hash = hashToken(value);
    await insertPersonalToken(transaction, { accountId, hash, name, hint, scopes, createdAt: at, expiresAt });
    const details = { name, scopes, expires: expiresAt };
    await recordEvent(transaction, { event: 'personal_token.made', at, accountId, ...from, details });
    const { network } = from;
    await notify(mails, transaction, {
      accountId,
      notice: 'personalTokenMade',
      values: { name },
      network,
      language,
    });
    return true;
  });
  if (isMade) return { ok: true, value };
  return { ok: false, errors: { form: text('accounts.personalTokens.tooMany', { max: MOST_TOKENS }) } };
}

/** @returns false when the account has no token of this id */
export async function revokePersonalToken(
  database: Database,
  accountId: number,
  id: number,
  from: Origin,
): Promise<boolean> {
  return database.knex.transaction(async (transaction) => {
    const name = await deletePersonalToken(transaction, accountId, id);
    if (name === undefined) return false;
    const event = { event: 'personal_token.revoked', at: new Date(), accountId, ...from } as const;
    await recordEvent(transaction, { ...event, details: { name } });
    return true;
  });
}
