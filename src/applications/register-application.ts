import type { Db } from '../database/database.js';
import { notFound } from '../http/errors.js';
import type { Mails } from '../mail/mails.js';
import type { Application, ApplicationSettings } from './application.js';
import { enforceApplicationQuota } from './quotas.js';
import { type Change, recordChange } from './record-change.js';
import { generateClientId, generateClientSecret, hashSecret, hintOf } from './secrets/client-secrets.js';
import { insertSecret } from './secrets/secrets-store.js';
import { askSuperusers } from './standing/ask-superusers.js';
import { putHold } from './standing/holds-store.js';
import { insertApplication } from './store.js';
import { insertTeamApplication, lockTeam } from './teams/store.js';

const FIRST_SECRET = 'First secret';

export interface Registration extends Change {
  settings: ApplicationSettings;
  /** null: nobody's, or a team's. */
  ownerId: number | null;
  /** Of a team, in the place of a person. With neither of both only superusers see it. */
  teamId?: number | undefined;
  /**
   * Whose quota applies and how many applications one owner may have (undefined: no limit). false: none does, for
   * superusers and the command line.
   */
  quota: false | { accountId: number; most: number | undefined };
  /** It is refused everywhere until a superuser approves it: they are told by these mails. */
  approval?: Mails | undefined;
  /** One that somebody has chosen, not taken so far; random otherwise. */
  clientId?: string;
  /** One that somebody has chosen, at random; made here otherwise. */
  secret?: string;
}

/**
 * @returns the application, and for a confidential one its secret, which is stored only as a hash: whoever calls shows
 *   it now or never
 * @throws AppError 429 when the owner has too many, or has registered too many within the hour
 */
export async function registerApplication(
  db: Db,
  {
    settings,
    ownerId,
    teamId,
    quota,
    approval,
    clientId = generateClientId(),
    secret: chosen,
    ...change
  }: Registration,
): Promise<{ application: Application; secret?: string }> {
  const { at } = change;
  return db.transaction(async (transaction) => {
    if (teamId !== undefined && !(await lockTeam(transaction, teamId))) throw notFound();
    const owner = teamId === undefined ? ownerId !== null && { accountId: ownerId } : { teamId };
    if (quota && owner) await enforceApplicationQuota(transaction, owner, { ...quota, at });
    const application = await insertApplication(transaction, {
      clientId,
      ownerId: teamId === undefined ? ownerId : null,
      settings,
      disabledAt: approval ? at : null,
      at,
    });
    if (teamId !== undefined) await insertTeamApplication(transaction, teamId, application.id);
    const { name } = application;
    const details = {
      name,
      ...(teamId === undefined ? {} : { team: teamId }),
      ...(approval ? { waits: true } : {}),
    };
    await recordChange(transaction, 'application.created', application, change, details);
    if (approval) {
      await putHold(transaction, application.id, { kind: 'waiting', reason: '', since: at });
      await askSuperusers(approval, transaction, application);
    }
    if (application.clientType === 'public') return { application };
    const secret = chosen ?? generateClientSecret();
    await insertSecret(transaction, {
      applicationId: application.id,
      hash: hashSecret(secret),
      hint: hintOf(secret),
      name: FIRST_SECRET,
      createdBy: change.by.accountId,
      at,
      expiresAt: null,
      expiryMails: 0,
    });
    return { application, secret };
  });
}
