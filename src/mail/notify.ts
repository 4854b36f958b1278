/**
 * Tells people by mail what has happened to their account, so that they notice what they have not done themselves. The
 * mail is posted in the transaction of the change, in the language the person has chosen.
 */

import { findAccount } from '../accounts/find-account.js';
import type { Db } from '../database/database.js';
import { type Language, matchLanguage } from '../languages/languages.js';
import { showDate } from '../languages/show-date.js';
import { type Sentence, type TextKey, type TextValues, translatorFor } from '../languages/texts.js';
import { HOUR, reserveAttempt } from '../throttle/throttle.js';
import { addressTag } from './address-tag.js';
import type { Mails } from './mails.js';

type NoValues = Record<string, never>;

/** What each notice has to say beside its text. */
interface NoticeValues {
  passwordChanged: NoValues;
  /** As 'Firefox on Linux'. */
  newSignIn: { device: Sentence };
  /** The new address. */
  emailChangeAsked: { address: string };
  /** The new address; for the mail to the old one give `to`. */
  emailChanged: { address: string };
  /** An authenticator app. */
  factorAdded: NoValues;
  factorRemoved: NoValues;
  recoveryCodesMade: NoValues;
  recoveryCodeUsed: { left: number };
  passkeyAdded: { name: string };
  passkeyRemoved: { name: string };
  passkeyCopied: { name: string };
  refreshTokenReused: { application: string };
  accountDeletionAsked: { until: Date };
  accountDisabled: NoValues;
  factorsReset: NoValues;
  impersonated: { administrator: string; minutes: number; reason: string };
  personalTokenMade: { name: string };
  apiTokenMade: { name: string };
  personalTokenLeaked: { name: string; place: Sentence };
}

export type Notice = keyof NoticeValues;

const TEXTS: Record<Notice, { subject: TextKey; line: TextKey }> = {
  passwordChanged: {
    subject: 'mails.notices.passwordChanged.subject',
    line: 'mails.notices.passwordChanged.line',
  },
  newSignIn: { subject: 'mails.notices.newSignIn.subject', line: 'mails.notices.newSignIn.line' },
  emailChangeAsked: {
    subject: 'mails.notices.emailChangeAsked.subject',
    line: 'mails.notices.emailChangeAsked.line',
  },
  emailChanged: { subject: 'mails.notices.emailChanged.subject', line: 'mails.notices.emailChanged.line' },
  factorAdded: { subject: 'mails.notices.factorAdded.subject', line: 'mails.notices.factorAdded.line' },
  factorRemoved: { subject: 'mails.notices.factorRemoved.subject', line: 'mails.notices.factorRemoved.line' },
  recoveryCodesMade: {
    subject: 'mails.notices.recoveryCodesMade.subject',
    line: 'mails.notices.recoveryCodesMade.line',
  },
  recoveryCodeUsed: {
    subject: 'mails.notices.recoveryCodeUsed.subject',
    line: 'mails.notices.recoveryCodeUsed.line',
  },
  passkeyAdded: { subject: 'mails.notices.passkeyAdded.subject', line: 'mails.notices.passkeyAdded.line' },
  passkeyRemoved: {
    subject: 'mails.notices.passkeyRemoved.subject',
    line: 'mails.notices.passkeyRemoved.line',
  },
  passkeyCopied: { subject: 'mails.notices.passkeyCopied.subject', line: 'mails.notices.passkeyCopied.line' },
  refreshTokenReused: {
    subject: 'mails.notices.refreshTokenReused.subject',
    line: 'mails.notices.refreshTokenReused.line',
  },
  accountDeletionAsked: {
    subject: 'mails.notices.accountDeletionAsked.subject',
    line: 'mails.notices.accountDeletionAsked.line',
  },
  accountDisabled: {
    subject: 'mails.notices.accountDisabled.subject',
    line: 'mails.notices.accountDisabled.line',
  },
  factorsReset: { subject: 'mails.notices.factorsReset.subject', line: 'mails.notices.factorsReset.line' },
  impersonated: { subject: 'mails.notices.impersonated.subject', line: 'mails.notices.impersonated.line' },
  apiTokenMade: {
    subject: 'mails.notices.apiTokenMade.subject',
    line: 'mails.notices.apiTokenMade.line',
  },
  personalTokenMade: {
    subject: 'mails.notices.personalTokenMade.subject',
    line: 'mails.notices.personalTokenMade.line',
  },
  personalTokenLeaked: {
    subject: 'mails.notices.personalTokenLeaked.subject',
    line: 'mails.notices.personalTokenLeaked.line',
  },
};

/** What those who run the server do; the person's own password has nothing to do with it. */
const BY_OPERATORS: Notice[] = ['accountDisabled', 'factorsReset', 'impersonated'];

interface Concerning<N extends Notice> {
  accountId: number;
  notice: N;
  values: NoticeValues[N];
  /** The client's address, where there is one to tell. */
  network?: string;
  /** Default: the address of the account. */
  to?: string;
  /** The language of the page where it happened, for people who have not chosen one. */
  language?: Language;
}

/** Which language somebody is written in: what they have chosen, or else that of the page they are looking at. */
export function languageFor(claims: { locale?: string }, page: Language | undefined): Language {
  return (claims.locale ? matchLanguage([claims.locale]) : undefined) ?? page ?? 'en';
}

function inWords(values: Record<string, number | Date | Sentence>, language: Language): TextValues {
  const { say } = translatorFor(language);
  const word = (value: number | Date | Sentence) => {
    if (value instanceof Date) return showDate(value, language);
    return typeof value === 'number' ? value : say(value);
  };
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, word(value)]));
}

/** In an hour, to an address that is not confirmed. */
const MOST_NOTICES = 5;

/**
 * Whether one more notice may go to an address that nobody has confirmed: it may be a stranger's, and somebody could
 * bring notices about just to have us write there.
 */
export async function mayWriteTo(db: Db, address: string): Promise<boolean> {
  const rule = { key: `notice:address:${addressTag(address)}`, limit: MOST_NOTICES, window: HOUR };
  return (await reserveAttempt(db, [rule], new Date())).allowed;
}

/** @param db the transaction of the change. Accounts without an address, and servers without mail, get none. */
export async function notify<N extends Notice>(
  mails: Mails,
  db: Db,
  { accountId, notice, values, network, to, language: page }: Concerning<N>,
): Promise<void> {
  if (!mails.areAvailable) return;
  const account = await findAccount(db, accountId);
  const recipient = to ?? account?.email;
  if (!account || !recipient) return;
  if (to === undefined && account.emailVerifiedAt === null && !(await mayWriteTo(db, recipient))) return;

  const language = languageFor(account.claims, page);
  const { t } = translatorFor(language);
  const { subject, line } = TEXTS[notice];
  const date = showDate(new Date(), language);
  const isByOperators = BY_OPERATORS.includes(notice);
  await mails.post(db, {
    to: recipient,
    accountId,
    letter: {
      language,
      subject: t(subject),
      lines: [
        t('mails.greeting', { username: account.username }),
        t(line, inWords(values, language)),
        network ? t('mails.whenAndWhere', { date, network }) : t('mails.when', { date }),
      ],
      ...(isByOperators ? {} : { action: { label: t('mails.yourAccount'), url: mails.linkTo('/account') } }),
      closing: [isByOperators ? t('mails.askOperators') : t('mails.wasItYou')],
    },
  });
}
