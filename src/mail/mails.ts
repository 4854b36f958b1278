/**
 * Posting a mail: a row in the outbox, within the transaction of what it tells about, so that neither exists without
 * the other, and so that no page waits for a mail server. deliver-mails.ts sends it.
 */
import { brandOfMails } from '../branding/brand.js';
import type { Config } from '../config/config.js';
import type { Db } from '../database/database.js';
import type { Pages } from '../http/pages.js';
import { seal, unseal } from '../secrets/seal.js';
import type { Letter } from './letter.js';
import { insertMail, listKeptMails } from './outbox.js';

export interface Mail {
  to: string;
  accountId?: number;
  letter: Letter;
  /** When it is not worth sending any more. Default: two days. */
  expiresAt?: Date;
}

export interface KeptMail {
  id: number;
  to: string;
  at: Date;
  subject: string;
  text: string;
  html: string;
}

export interface Mails {
  /** Whether a mail reaches anybody; without it no page may offer what needs one. */
  areAvailable: boolean;
  /** A page of ours as a mail links to it: at the configured issuer, whatever host a request has named. */
  linkTo(path: string): string;
  /** Pass the transaction of the change the mail is about. */
  post(db: Db, mail: Mail): Promise<void>;
  /** The latest mails of a server that has no mail server, for the page that shows them to its developer. */
  listKept(db: Db): Promise<KeptMail[]>;
}

/** A mail as it is sent, and as it lies sealed in the outbox. */
export interface MailContent {
  subject: string;
  text: string;
  html: string;
}

export function openContent(key: Buffer, content: Buffer): MailContent {
  return JSON.parse(unseal(key, content));
}

interface MailsDeps {
  config: Pick<Config, 'brand' | 'mail' | 'issuer'>;
  /** 32 bytes; see deriveKey. */
  key: Buffer;
  pages: Pick<Pages, 'fill'>;
  /** Called after a mail was posted, perhaps before it is committed. */
  onPosted: () => void;
}

const DAY = 24 * 60 * 60 * 1000;
const WORTH_SENDING = 2 * DAY;
/** What became of a mail is told for so long. */
const REMEMBERED = 7 * DAY;
const KEPT_SHOWN = 50;

export function createMails({ config, key, pages, onPosted }: MailsDeps): Mails {
  return {
    areAvailable: config.mail.mode !== 'off',
    linkTo: (path) => new URL(path, config.issuer).href,

    async post(db, { to, accountId, letter, expiresAt }) {
      if (config.mail.mode === 'off') return;
      const at = new Date();
      const locals = { letter, brand: brandOfMails(config.brand) };
      const content: MailContent = {
        subject: letter.subject,
        text: pages.fill('mails/letter-text', locals),
        html: pages.fill('mails/letter', locals),
      };
      await insertMail(db, {
        accountId: accountId ?? null,
        recipient: to,
        content: seal(key, JSON.stringify(content)),
        createdAt: at,
        expiresAt: expiresAt ?? new Date(at.getTime() + WORTH_SENDING),
        leavesAt: new Date(at.getTime() + REMEMBERED),
        nextTryAt: config.mail.mode === 'smtp' ? at : null,
      });
      onPosted();
    },

    async listKept(db) {
      const rows = await listKeptMails(db, KEPT_SHOWN);
      return rows.map(({ id, recipient, createdAt, content }) => ({
        id,
        to: recipient,
        at: createdAt,
        ...openContent(key, content),
      }));
    },
  };
}
