import type { Config } from '../../config/config.js';
import type { Database } from '../../database/database.js';
import type { Language } from '../../languages/languages.js';
import type { Mails } from '../../mail/mails.js';
import type { FactorKeys } from './factor-keys.js';

/** What checking and changing second factors needs. */
export interface FactorDeps {
  config: Config;
  database: Database;
  mails: Mails;
  factorKeys: FactorKeys;
}

/** Where a request comes from: for the audit trail, and for the mail that tells the person. */
export interface FactorOrigin {
  at: Date;
  /** The client's address. */
  network: string;
  requestId: string;
  /** Of the page. */
  language: Language;
  /** The application the person signs in at. */
  clientId?: string | undefined;
}
