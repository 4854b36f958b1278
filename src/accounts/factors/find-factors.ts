import type { Db } from '../../database/database.js';

/** The second factors of a person. */
export interface Factors {
  /** Since when there is an authenticator app. */
  appSince: Date | null;
  passkeys: number;
  /** Recovery codes that are left. */
  recoveryCodes: number;
  /** A group of theirs requires a second factor. */
  isRequired: boolean;
}

/** The ways to take the second step, as its form names them. */
export type Way = 'passkey' | 'app' | 'recovery_code';

export async function findFactors(db: Db, accountId: number): Promise<Factors> {
  const { rows } = await db.raw<{ rows: Factors[] }>(
    `SELECT (SELECT created_at FROM totp_seeds WHERE account_id = :accountId) AS "appSince",
      (SELECT count(*)::int FROM passkeys WHERE account_id = :accountId) AS passkeys,
      (SELECT count(*)::int FROM recovery_codes WHERE account_id = :accountId AND used_at IS NULL) AS "recoveryCodes",
      EXISTS (
        SELECT FROM group_members m JOIN groups g ON g.id = m.group_id
        WHERE m.account_id = :accountId AND g.requires_factor
      ) AS "isRequired"`,
    { accountId },
  );
  return rows[0]!;
}

/** Recovery codes alone are none: they stand in for a factor that was lost. */
export function hasFactor({ appSince, passkeys }: Factors): boolean {
  return appSince !== null || passkeys > 0;
}

/** Those the person can take, the best one first. */
export function waysOf(factors: Factors): Way[] {
  if (!hasFactor(factors)) return [];
  const ways: Way[] = [];
  if (factors.passkeys) ways.push('passkey');
  if (factors.appSince) ways.push('app');
  if (factors.recoveryCodes) ways.push('recovery_code');
  return ways;
}
