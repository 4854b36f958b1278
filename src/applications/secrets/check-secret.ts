/**
 * A presented secret against the stored ones. Ours are checked at once; one that came with an import is a password hash
 * of another server, slow by design: it waits for its turn among the passwords, and is replaced the first time it is right.
 */
import type { Verify } from '../../accounts/passwords.js';
import type { Database } from '../../database/database.js';
import type { StoredSecret } from '../clients/store.js';
import { hashMatches, hashSecret, hintOf, isOwnHash, secretMatches } from './client-secrets.js';
import { replaceSecretHash } from './secrets-store.js';

export interface SecretCheckDeps {
  database: Database;
  /** Waits for a turn at the slow work (accounts/passwords.ts). */
  inTurn: <T>(work: (verify: Verify) => Promise<T>) => Promise<T>;
}

/** The one it is, of ours; one that came with an import and was never used takes longer (checkSecret). */
export function findAtOnce(secrets: StoredSecret[], presented: string): StoredSecret | undefined {
  const hash = hashSecret(presented);
  // Every one of them is compared, so that the time tells nothing of which it was.
  return secrets.filter((secret) => hashMatches(secret.hash, hash))[0];
}

/**
 * @param secrets those that have not expired; the hash of one that is replaced changes in place, so that whoever holds
 *   the same application in memory checks it fast from then on
 * @returns the one that was presented
 * @throws AppError overloaded when a slow check finds no place in the queue
 */
export async function checkSecret(
  { database, inTurn }: SecretCheckDeps,
  secrets: StoredSecret[],
  presented: string,
): Promise<StoredSecret | undefined> {
  const found = findAtOnce(secrets, presented);
  if (found) return found;
  for (const secret of secrets) {
    if (!isOwnHash(secret.hash) && (await checkImported(secret))) return secret;
  }
  return undefined;

  async function checkImported(secret: StoredSecret): Promise<boolean> {
    return inTurn(async (verify) => {
      // While it waited, another request may have been first.
      if (isOwnHash(secret.hash)) return secretMatches(secret.hash, presented);
      const imported = secret.hash;
      if (!(await verify(imported, presented))) return false;
      const hash = hashSecret(presented);
      await replaceSecretHash(database.knex, {
        id: secret.id,
        from: imported,
        to: hash,
        hint: hintOf(presented),
      });
      secret.hash = hash;
      return true;
    });
  }
}
