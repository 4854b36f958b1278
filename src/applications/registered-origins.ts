import type { Database } from '../database/database.js';
import { originsOf } from './application.js';
import { listEnabledOriginSources } from './store.js';

/**
 * Whether a script of this origin belongs to some enabled application. Applications whose origin it could be are found
 * by the database; the exact comparison is ours.
 */
export async function isOriginRegistered(database: Database, origin: string): Promise<boolean> {
  if (!/^https?:\/\/[\x21-\x7e]{1,255}$/.test(origin)) return false;
  const candidates = await listEnabledOriginSources(database, origin);
  return candidates.some((application) => originsOf(application).includes(origin));
}
