import { createMailedLinks, type MailedLinks } from '../accounts/mailed-links.js';
import type { Config } from '../config/config.js';
import { readSecretKey } from '../config/secret-key.js';
import type { Database } from '../database/database.js';
import { createPages } from '../http/pages.js';
import { createMails, type Mails } from '../mail/mails.js';
import { deriveKey } from '../secrets/derive-key.js';
import { withDatabase } from './with-database.js';

export interface MailingDeps {
  database: Database;
  mails: Mails;
  mailedLinks: MailedLinks;
}

/** As withDatabase, for work that posts mails: they lie in the outbox until a server sends them. */
export async function withMails<T>(config: Config, work: (deps: MailingDeps) => Promise<T>): Promise<T> {
  return withDatabase(config, async (database) => {
    const secretKey = await readSecretKey(config, (line) => process.stderr.write(`${line}\n`));
    const pages = await createPages(config);
    const key = deriveKey(secretKey, 'mails');
    const mails = createMails({ config, key, pages, onPosted: () => {} });
    return work({ database, mails, mailedLinks: createMailedLinks(deriveKey(secretKey, 'mailed codes')) });
  });
}
