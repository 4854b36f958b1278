/** What the engine needs to know of the client that a protocol request names. How long it may keep it is its business. */
import type { Database } from '../../database/database.js';
import type { Application } from '../application.js';
import { type LivePreview, type StoredSecret, selectClient } from './store.js';

export interface LoadedClient {
  application: Application;
  /** Every stored secret; the caller leaves out those that have expired by its clock. */
  secrets: StoredSecret[];
  /** Every redirect URI of a preview deployment; those that have expired are left out likewise. */
  previews: LivePreview[];
}

// VSCHAR of RFC 6749 A.1. What is outside (PostgreSQL refuses a NUL, say) names no client, without asking the database.
const CLIENT_ID = /^[\x20-\x7e]{1,255}$/;

export const isClientId = (text: unknown): text is string => typeof text === 'string' && CLIENT_ID.test(text);

/** Also finds a disabled application: the caller refuses it as it refuses an unknown one. */
export async function loadClient(database: Database, clientId: string): Promise<LoadedClient | undefined> {
  return isClientId(clientId) ? selectClient(database, clientId) : undefined;
}
