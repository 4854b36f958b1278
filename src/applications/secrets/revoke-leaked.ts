import type { Database } from '../../database/database.js';
import type { Mails } from '../../mail/mails.js';
import { recordChange } from '../record-change.js';
import { lockApplication } from '../store.js';
import { tellOwners } from '../tell-owners.js';
import { SECRET_FORMAT } from './client-secrets.js';
import { nameSecret } from './name-secret.js';
import { endSecrets } from './retired-secrets.js';
import { findApplicationOfSecret, findSecretId, selectLiveSecrets } from './secrets-store.js';

/**
 * Somebody has found this secret where others can read it: it ends at once, also when it is the only one, since whoever
 * has read it can sign in as the application.
 * @returns false when it is no live secret
 */
export async function revokeLeakedSecret(
  { database, mails }: { database: Database; mails: Mails },
  value: string,
  {
    url,
    source,
    ...by
  }: { url: string | undefined; source: string | undefined; network: string; requestId: string },
): Promise<boolean> {
  if (!SECRET_FORMAT.isWellFormed(value)) return false;
  const at = new Date();
  const found = await findApplicationOfSecret(database.knex, value, { accountId: undefined, at });
  if (!found) return false;
  return database.knex.transaction(async (transaction) => {
    const application = await lockApplication(transaction, found.id);
    if (!application) return false;
    const secretId = await findSecretId(transaction, application.id, value);
    const live = await selectLiveSecrets(transaction, application.id, at);
    const secret = live.find(({ id }) => id === secretId);
    if (!secret) return false;
    await endSecrets(transaction, { applicationId: application.id, id: secret.id }, { why: 'leaked', at });
    const { name, hint } = secret;
    const details = { hint, ...(name ? { name } : {}), found_at: url, source };
    await recordChange(transaction, 'secret.leaked', application, { by, at }, details);
    await tellOwners(mails, transaction, application, {
      subject: `A secret of ${application.name} was found in public`,
      lines: [
        `${nameSecret(secret)} of ${application.name} was found where others can read it. It was revoked at once, and whatever uses it is refused.`,
        ...(url ? [`Where: ${url}`] : []),
        live.length > 1
          ? 'The other secrets of the application work as before.'
          : 'The application has no other secret: until you make one it cannot get tokens.',
        'Remove it from there, make a new one, and see in the audit of your own systems whether somebody else has used it. Tokens that were issued meanwhile work until they expire.',
      ],
      action: { label: 'Make a new secret', path: `/applications/${application.id}/secrets` },
    });
    return true;
  });
}
