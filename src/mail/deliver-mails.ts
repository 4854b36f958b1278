/**
 * Sends what lies in the outbox (table outgoing_mails), on every node at once: a mail is claimed before it is sent, and
 * is due again if its sender dies. A mail server that is down, slow or says "later" is tried again, less and less
 * often; one that refuses the mail for good is believed.
 *
 * A mail is sent once, with one exception nobody can avoid (RFC 5321 4.1.1.4, RFC 1047): the connection breaks after
 * the mail was sent and before the answer came. It is then sent a second time, under the same Message-ID, and not a
 * third.
 */
import type { Database } from '../database/database.js';
import type { Logger } from '../logging/log.js';
import { openContent } from './mails.js';
import { type ClaimedMail, claimDueMails, giveUp, markSent, putOff } from './outbox.js';
import { type SmtpPatience, type SmtpSettings, sendMail } from './send-mail.js';

/** All in milliseconds. */
export interface DeliveryTimes extends SmtpPatience {
  /** For how long a mail is this node's: longer than a conversation with a mail server that is slow at every step. */
  lease: number;
  /** How often the outbox is looked into when nobody says that there is something. */
  poll: number;
  /** After the first failure; doubles with each. */
  firstPause: number;
  /** How long stopping waits for what is being sent; the rest is due again when its lease is over. */
  farewell: number;
}

export const DELIVERY_TIMES: DeliveryTimes = {
  connection: 10_000,
  // A server may scan a mail for a minute before it answers; RFC 5321 4.5.3.2.6 would have us wait ten.
  answer: 90_000,
  lease: 10 * 60_000,
  poll: 5_000,
  firstPause: 5_000,
  farewell: 5_000,
};

/** A mail is posted in a transaction, which has mostly been committed after this. Milliseconds. */
const AFTER_POSTING = 50;
const LONGEST_PAUSE = 30 * 60_000;

const AT_ONCE = 5;
const MOST_UNCERTAIN = 2;

export interface MailDelivery {
  /** Looks into the outbox soon. */
  wake(): void;
  /** Finishes what is being sent, if it does not take long. */
  stop(): Promise<void>;
}

interface DeliveryDeps {
  database: Database;
  smtp: SmtpSettings;
  /** Opens what createMails sealed. */
  key: Buffer;
  log: Logger;
  times?: DeliveryTimes;
}

function readContent(key: Buffer, { content }: ClaimedMail) {
  try {
    return openContent(key, content);
  } catch {
    return undefined;
  }
}

async function deliver(
  { database: { knex }, smtp, key, log, times = DELIVERY_TIMES }: DeliveryDeps,
  mail: ClaimedMail,
): Promise<void> {
  if (mail.expiresAt <= new Date()) return giveUp(knex, mail.id, 'expired before it could be sent');
  const content = readContent(key, mail);
  if (!content) return giveUp(knex, mail.id, 'written under another SECRET_KEY');
  const { subject, text, html } = content;
  const domain = smtp.from.replace(/^.*@|>$/g, '');
  const result = await sendMail(smtp, times, {
    to: { name: '', address: mail.recipient },
    subject,
    text,
    html,
    messageId: `<latchkey-${mail.id}-${mail.createdAt.getTime()}@${domain}>`,
    // RFC 3834: out-of-office answers to it help nobody.
    headers: { 'Auto-Submitted': 'auto-generated' },
  });
  if (result.outcome === 'sent') {
    await markSent(knex, mail.id, new Date());
    log.info({ mail: mail.id }, 'a mail was sent');
    return;
  }
  const { outcome, reason } = result;
  const isUncertain = outcome === 'unknown';
  const isLast = outcome === 'refused' || (isUncertain && mail.uncertainAttempts + 1 >= MOST_UNCERTAIN);
  log.warn(
    { mail: mail.id, reason, attempts: mail.attempts },
    isLast ? 'a mail was given up' : 'a mail could not be sent yet',
  );
  if (isLast) return giveUp(knex, mail.id, reason);
  const wait = Math.min(times.firstPause * 2 ** (mail.attempts - 1), LONGEST_PAUSE);
  await putOff(knex, mail.id, { nextTryAt: new Date(Date.now() + wait), error: reason, isUncertain });
}

/** Sends until stopped. */
export function startDelivering(deps: DeliveryDeps): MailDelivery {
  const { database, log, times = DELIVERY_TIMES } = deps;
  let isStopped = false;
  let isWanted = false;
  let endPause = (): void => {};

  const beingSent = new Set<Promise<void>>();
  const wake = (): void => {
    isWanted = true;
    endPause();
  };

  /** One that takes long holds up nobody else. */
  const sendWhatIsDue = async (): Promise<void> => {
    const at = new Date();
    const until = new Date(at.getTime() + times.lease);
    const free = AT_ONCE - beingSent.size;
    for (const mail of free ? await claimDueMails(database.knex, at, until, free) : []) {
      const sending = deliver(deps, mail)
        .catch((error) =>
          log.warn({ err: error, mail: mail.id }, 'what became of a mail was not written down'),
        )
        .finally(() => {
          beingSent.delete(sending);
          wake();
        });
      beingSent.add(sending);
    }
  };

  const pause = (milliseconds: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const run = async (): Promise<void> => {
    while (!isStopped) {
      if (!isWanted) await pause(times.poll);
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
    wake,
    async stop() {
      isStopped = true;
      endPause();
      await running;
      const patience = pause(times.farewell);
      await Promise.race([Promise.all(beingSent), patience]);
      endPause();
    },
  };
}
