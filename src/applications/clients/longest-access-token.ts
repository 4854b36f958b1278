import type { Db } from '../../database/database.js';

/** Seconds that the access tokens of any application live at most; `otherwise` for those without a setting of their own. */
export async function longestAccessToken(db: Db, otherwise: number): Promise<number> {
  const [row] = await db('applications').max({ longest: 'access_token_lifetime' });
  return Math.max(otherwise, Number(row?.longest ?? 0));
}
