/**
 * Mails before a secret expires: two weeks before and one day before, once for each whatever the number of nodes. A secret that
 * lives no longer than that from the start, or whose end its owner has just decided, needs none.
 */
import { randomInt } from 'node:crypto';
import type { Database, Db } from '../../database/database.js';
import { showDate } from '../../languages/show-date.js';
import type { Logger } from '../../logging/log.js';
import type { Mails } from '../../mail/mails.js';
import type { Application } from '../application.js';
import { type LetterToDevelopers, tellOwners } from '../tell-owners.js';
import { nameSecret } from './name-secret.js';

const DAY = 24 * 60 * 60_000;
/** Milliseconds before the end, in the order of the mails. */
const MAILS = [14 * DAY, DAY];
const BATCH = 50;

/** How many of the mails a secret of this life does not need. */
export function countSparedMails(madeAt: Date, expiresAt: Date | null): number {
  const life = expiresAt ? expiresAt.getTime() - madeAt.getTime() : Number.POSITIVE_INFINITY;
  return MAILS.filter((before) => life <= before).length;
}

interface EndingSecret {
  id: number;
  name: string;
  hint: string;
  expiresAt: Date;
  application: Pick<Application, 'id' | 'name' | 'ownerId' | 'contacts'>;
}

/** Those a mail is due for, held until the transaction ends; those another node holds are passed over. */
async function takeEnding(transaction: Db, at: Date): Promise<EndingSecret[]> {
  const [first, second] = MAILS.map((before) => new Date(at.getTime() + before)) as [Date, Date];
  const rows: (Omit<EndingSecret, 'application'> & {
    application_id: number;
    application_name: string;
    owner_id: number | null;
    contacts: string[];
  })[] = await transaction('client_secrets')
    .join('applications', 'applications.id', 'client_secrets.application_id')
    .where('expires_at', '>', at)
    .where('expires_at', '<=', first)
    .whereRaw('expiry_mails < CASE WHEN expires_at <= ? THEN 2 ELSE 1 END', [second])
    .orderBy('expires_at')
    .limit(BATCH)
    .forUpdate('client_secrets')
    .skipLocked()
    .select({
      id: 'client_secrets.id',
      name: 'client_secrets.name',
      hint: 'client_secrets.hint',
      expiresAt: 'client_secrets.expires_at',
      application_id: 'applications.id',
      application_name: 'applications.name',
      owner_id: 'applications.owner_id',
      contacts: 'applications.contacts',
    });
  return rows.map(({ application_id, application_name, owner_id, contacts, ...secret }) => ({
    ...secret,
    application: { id: application_id, name: application_name, ownerId: owner_id, contacts },
  }));
}

function letterAbout({ application, expiresAt, ...secret }: EndingSecret): LetterToDevelopers {
  return {
    subject: `A secret of ${application.name} is about to expire`,
    lines: [
      `${nameSecret(secret)} of ${application.name} expires on ${showDate(expiresAt, 'en')}. From then on whatever uses it is refused.`,
      'Make a new one, put it into your application, and see on the same page whether the old one is still in use.',
    ],
    action: { label: 'Replace the secret', path: `/applications/${application.id}/secrets` },
  };
}

/** @returns how many secrets were written about */
export async function warnOfExpiry(
  { database, mails }: { database: Database; mails: Mails },
  at: Date,
  isStopped: () => boolean = () => false,
): Promise<number> {
  let total = 0;
  while (!isStopped()) {
    const told = await database.knex.transaction(async (transaction) => {
      const ending = await takeEnding(transaction, at);
      for (const secret of ending) {
        const left = secret.expiresAt.getTime() - at.getTime();
        const sent = MAILS.filter((before) => left <= before).length;
        await transaction('client_secrets').where({ id: secret.id }).update({ expiry_mails: sent });
        await tellOwners(mails, transaction, secret.application, letterAbout(secret));
      }
      return ending.length;
    });
    total += told;
    if (told < BATCH) break;
  }
  return total;
}

// Milliseconds: not at the same moment on nodes that were started together.
const FIRST_ROUND = { from: 30_000, to: 90_000 };
const ROUND_EVERY = 10 * 60_000;

interface WarningDeps {
  database: Database;
  mails: Mails;
  log: Logger;
}

/** Looks now and then until stopped; the returned function waits for the round that is under way. */
export function startWarningOfExpiry({ database, mails, log }: WarningDeps): () => Promise<void> {
  if (!mails.areAvailable) return async () => {};
  let isStopped = false;
  let running = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  const round = async (): Promise<void> => {
    try {
      const secrets = await warnOfExpiry({ database, mails }, new Date(), () => isStopped);
      if (secrets) log.info({ secrets }, 'owners were told of secrets that are about to expire');
    } catch (err) {
      log.warn({ err }, 'owners could not be told of secrets that are about to expire; trying again later');
    }
    if (!isStopped) plan(ROUND_EVERY);
  };
  const plan = (delay: number) => {
    timer = setTimeout(() => {
      running = round();
    }, delay);
    timer.unref();
  };

  plan(randomInt(FIRST_ROUND.from, FIRST_ROUND.to));
  return async () => {
    isStopped = true;
    clearTimeout(timer);
    await running;
  };
}
