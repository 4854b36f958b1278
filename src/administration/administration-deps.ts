import type { MailedLinks } from '../accounts/mailed-links.js';
import type { Passwords } from '../accounts/passwords.js';
import type { Config } from '../config/config.js';
import type { Database } from '../database/database.js';
import type { BrowserSessions } from '../engine/browser-sessions.js';
import type { Pages } from '../http/pages.js';
import type { Mails } from '../mail/mails.js';

/** What the pages of superusers work with. */
export interface AdministrationDeps {
  config: Config;
  database: Database;
  pages: Pages;
  passwords: Passwords;
  mails: Mails;
  mailedLinks: MailedLinks;
  sessions: BrowserSessions;
}
