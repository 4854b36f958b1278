/** The SQL of table email_changes: an address that is to become an account's. */
import type { Db } from '../../database/database.js';

export interface EmailChange {
  accountId: number;
  email: string;
  confirmedByNewAt: Date | null;
  confirmedByOldAt: Date | null;
}

const COLUMNS = {
  accountId: 'account_id',
  email: 'email',
  confirmedByNewAt: 'confirmed_by_new_at',
  confirmedByOldAt: 'confirmed_by_old_at',
};

export async function findEmailChange(db: Db, accountId: number, at: Date): Promise<EmailChange | undefined> {
  return db('email_changes').where({ account_id: accountId }).where('expires_at', '>', at).first(COLUMNS);
}

/** Takes the place of the one before. */
export async function saveEmailChange(
  db: Db,
  { accountId, email, confirmedByOldAt }: Omit<EmailChange, 'confirmedByNewAt'>,
  { at, expiresAt }: { at: Date; expiresAt: Date },
): Promise<void> {
  await db('email_changes')
    .insert({
      account_id: accountId,
      email,
      asked_at: at,
      expires_at: expiresAt,
      confirmed_by_new_at: null,
      confirmed_by_old_at: confirmedByOldAt,
    })
    .onConflict('account_id')
    .merge();
}

/** @returns the change as it is now, or undefined when it is over */
export async function confirmEmailChange(
  db: Db,
  accountId: number,
  by: 'new' | 'old',
  at: Date,
): Promise<EmailChange | undefined> {
  const [change]: EmailChange[] = await db('email_changes')
    .where({ account_id: accountId })
    .where('expires_at', '>', at)
    .update(
      { [`confirmed_by_${by}_at`]: at },
      Object.entries(COLUMNS).map(([name, column]) => `${column} as ${name}`),
    );
  return change;
}

export async function deleteEmailChange(db: Db, accountId: number): Promise<boolean> {
  return (await db('email_changes').where({ account_id: accountId }).delete()) > 0;
}
