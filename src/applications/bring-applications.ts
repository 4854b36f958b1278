/** Applications as an import brings them, with the client id and the secrets they have (src/moving-in). */
import type { Db } from '../database/database.js';
import type { Application } from './application.js';
import { insertStoredSecret } from './secrets-store.js';
import { insertExistingApplication } from './store.js';

export interface BroughtSecret {
  /** Ours (`sha256$...`), or a password hash of another server (accounts/foreign-hashes.ts). */
  hash: string;
  /** Its last four characters, '' where they are not known. */
  hint: string;
  createdAt: Date;
  expiresAt: Date | null;
}

export interface BroughtApplication extends Omit<Application, 'id'> {
  secrets: BroughtSecret[];
}

/** @returns false when there is an application of this client id */
export async function bringApplication(
  db: Db,
  { secrets, ...application }: BroughtApplication,
): Promise<boolean> {
  const id = await insertExistingApplication(db, application);
  if (id === undefined) return false;
  for (const secret of secrets) await insertStoredSecret(db, id, secret);
  return true;
}
