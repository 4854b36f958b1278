/** Applications as an import brings them and an export reads them, with client id and secrets (src/moving-in). */
import type { Db } from '../database/database.js';
import type { Application } from './application.js';
import { selectApplicationsAfter } from './owned-store.js';
import { insertStoredSecret, type SecretHash, selectStoredSecrets } from './secrets/secrets-store.js';
import { insertExistingApplication } from './store.js';
import { insertTeamApplication, selectTeamIds } from './teams/store.js';

export interface BroughtApplication extends Omit<Application, 'id'> {
  /** Hashes of ours (`sha256$...`), or password hashes of another server (accounts/foreign-hashes.ts). */
  secrets: SecretHash[];
  /** In the place of an owner. */
  teamId?: number | null;
}

/** @returns false when there is an application of this client id */
export async function bringApplication(
  db: Db,
  { secrets, teamId = null, ...application }: BroughtApplication,
): Promise<boolean> {
  const id = await insertExistingApplication(db, application);
  if (id === undefined) return false;
  if (teamId !== null) await insertTeamApplication(db, teamId, id);
  for (const secret of secrets) await insertStoredSecret(db, id, secret);
  return true;
}

/** For an export: those with a higher id, in the order of their ids, with the hashes of their secrets and the teams they are of. */
export async function readApplicationsAfter(
  db: Db,
  id: number,
  size: number,
): Promise<(BroughtApplication & { id: number })[]> {
  const applications = await selectApplicationsAfter(db, id, size);
  const ids = applications.map((application) => application.id);
  const secrets = await selectStoredSecrets(db, ids);
  const teams = await selectTeamIds(db, ids);
  return applications.map((application) => ({
    ...application,
    secrets: secrets.get(application.id) ?? [],
    teamId: teams.get(application.id) ?? null,
  }));
}
