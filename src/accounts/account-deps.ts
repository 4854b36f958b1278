import type { Config } from '../config/config.js';
import type { Database } from '../database/database.js';
import type { BrowserSessions } from '../engine/browser-sessions.js';
import type { Pages } from '../http/pages.js';
import type { Mails } from '../mail/mails.js';
import type { FactorKeys } from './factors/factor-keys.js';
import type { KnownBrowsers } from './known-browsers.js';
import type { MailedLinks } from './mailed-links.js';
import type { Passwords } from './passwords.js';

/** What the account pages work with. */
export interface AccountDeps {
  config: Config;
  database: Database;
  pages: Pages;
  mails: Mails;
  mailedLinks: MailedLinks;
  knownBrowsers: KnownBrowsers;
  sessions: BrowserSessions;
  passwords: Passwords;
  factorKeys: FactorKeys;
}
