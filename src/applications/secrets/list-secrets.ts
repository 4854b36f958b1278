import type { Db } from '../../database/database.js';
import type { ClientSecret } from '../application.js';
import { selectLiveSecrets } from './secrets-store.js';

/** The secrets that work at that time, oldest first, each by its hint. */
export async function listSecrets(db: Db, applicationId: number, at: Date): Promise<ClientSecret[]> {
  return selectLiveSecrets(db, applicationId, at);
}
