import type { Db } from '../../database/database.js';
import { notFound } from '../../http/errors.js';
import { findPasskeyOf, type Passkey } from './store.js';

/** @param id as it stands in the address @throws AppError 404 when the account has no such passkey */
export async function getOwnPasskey(db: Db, accountId: number, id: string | undefined): Promise<Passkey> {
  const passkey = /^\d{1,15}$/.test(id ?? '') ? await findPasskeyOf(db, accountId, Number(id)) : undefined;
  if (!passkey) throw notFound();
  return passkey;
}
