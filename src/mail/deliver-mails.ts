/**
 * Sends what lies in the outbox (table outgoing_mails), on every node at once: a mail is claimed before it is sent, and
 * is due again if its sender dies. A mail server that is down, slow or says "later" is tried again, less and less
 * often; one that refuses the mail for good is believed.
 *
 * A mail is sent once, with one exception nobody can avoid (RFC 5321 4.1.1.4, RFC 1047): the connection breaks after
 * the mail was sent and before the answer came. It is then sent a second time, under the same Message-ID, and not a
 * third.
 */
import { createTransport, type Transporter } from 'nodemailer';
import type { Database } from '../database/database.js';
import type { Logger } from '../logging/log.js';
import { openContent } from './mails.js';
import { type ClaimedMail, claimDueMails, giveUp, markSent, putOff } from './outbox.js';

export interface SmtpSettings {
  /** smtp:// or smtps://, with user and password where the server wants them */
  url: string;
  /** The From address, with or without a name. */
  from: string;
}

// Milliseconds.
const CONNECTION_TIMEOUT = 10_000;
const SOCKET_TIMEOUT = 30_000;
/** Longer than a whole conversation in which every step just stays within its limit. */
const LEASE = 5 * 60_000;
const POLL = 5_000;
/** A mail is posted in a transaction, which has mostly been committed after this. */
const AFTER_POSTING = 50;
const FIRST_PAUSE = 5_000;
const LONGEST_PAUSE = 30 * 60_000;

const AT_ONCE = 5;
const MOST_UNCERTAIN = 2;

interface SmtpError extends Error {
  code?: string;
  /** Of the server's answer, when there was one. */
  responseCode?: number;
  /** The SMTP command that failed. */
  command?: string;
}

/** What the operator needs; the server's own words may repeat the mail or the address. */
function describe({ code, responseCode, command }: SmtpError): string {
  return [code ?? 'ESMTP', responseCode, command].filter(Boolean).join(' ');
}

/** The mail was on its way and no answer came: it may have been taken. */
const isUncertain = (error: SmtpError): boolean =>
  error.responseCode === undefined && error.command === 'DATA';

/** 5yz to the recipient or the mail itself (RFC 5321 4.2.1); a refused sign-in is the operator's to mend. */
const isRefusedForGood = ({ code, responseCode = 0 }: SmtpError): boolean =>
  responseCode >= 500 && (code === 'EENVELOPE' || code === 'EMESSAGE');

/** Doubles with each attempt. */
function pauseAfter(attempts: number): number {
  return Math.min(FIRST_PAUSE * 2 ** (attempts - 1), LONGEST_PAUSE);
}

export interface MailDelivery {
  /** Looks into the outbox soon. */
  wake(): void;
  /** Finishes what is being sent. */
  stop(): Promise<void>;
}

interface DeliveryDeps {
  database: Database;
  smtp: SmtpSettings;
  /** Opens what createMails sealed. */
  key: Buffer;
  log: Logger;
}

async function deliver(
  { database: { knex }, smtp, key, log }: DeliveryDeps,
  transport: Transporter,
  mail: ClaimedMail,
): Promise<void> {
  if (mail.expiresAt <= new Date()) return giveUp(knex, mail.id, 'expired before it could be sent');
  const { subject, text, html } = openContent(key, mail.content);
  const domain = smtp.from.replace(/^.*@|>$/g, '');
  try {
    await transport.sendMail({
      from: smtp.from,
      to: { name: '', address: mail.recipient },
      subject,
      text,
      html,
      messageId: `<latchkey-${mail.id}-${mail.createdAt.getTime()}@${domain}>`,
      // RFC 3834: out-of-office answers to it help nobody.
      headers: { 'Auto-Submitted': 'auto-generated' },
    });
  } catch (cause) {
    const error = cause as SmtpError;
    const reason = describe(error);
    const uncertain = isUncertain(error);
    const isLast = isRefusedForGood(error) || (uncertain && mail.uncertainAttempts + 1 >= MOST_UNCERTAIN);
    log.warn(
      { mail: mail.id, reason, attempts: mail.attempts },
      isLast ? 'a mail was given up' : 'a mail could not be sent yet',
    );
    if (isLast) return giveUp(knex, mail.id, reason);
    const nextTryAt = new Date(Date.now() + pauseAfter(mail.attempts));
    return putOff(knex, mail.id, { nextTryAt, error: reason, isUncertain: uncertain });
  }
  await markSent(knex, mail.id, new Date());
  log.info({ mail: mail.id }, 'a mail was sent');
}

/** Sends until stopped. */
export function startDelivering(deps: DeliveryDeps): MailDelivery {
  const { database, log, smtp } = deps;
  const transport = createTransport({
    url: smtp.url,
    pool: true,
    maxConnections: AT_ONCE,
    connectionTimeout: CONNECTION_TIMEOUT,
    greetingTimeout: CONNECTION_TIMEOUT,
    socketTimeout: SOCKET_TIMEOUT,
    // A mail is made of our own templates; nothing in it may name a file or a URL to be fetched.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  let isStopped = false;
  let isWanted = false;
  let endPause = (): void => {};

  const sendWhatIsDue = async (): Promise<void> => {
    let found = 0;
    do {
      const at = new Date();
      const mails = await claimDueMails(database.knex, at, new Date(at.getTime() + LEASE), AT_ONCE);
      found = mails.length;
      await Promise.all(mails.map((mail) => deliver(deps, transport, mail)));
    } while (found === AT_ONCE && !isStopped);
  };

  const pause = (milliseconds: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      timer.unref();
      endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const run = async (): Promise<void> => {
    while (!isStopped) {
      if (!isWanted) await pause(POLL);
      if (isWanted && !isStopped) await pause(AFTER_POSTING);
      isWanted = false;
      if (isStopped) break;
      await sendWhatIsDue().catch((error) =>
        log.warn({ err: error }, 'the outbox could not be read; trying again'),
      );
    }
  };
  const running = run();

  return {
    wake() {
      isWanted = true;
      endPause();
    },
    async stop() {
      isStopped = true;
      endPause();
      await running;
      transport.close();
    },
  };
}
