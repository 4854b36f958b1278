/** The outbox and a mail server in trouble: every mail arrives once, in the worst case twice, and none is lost. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import pino from 'pino';
import { type Database, openDatabase } from '../../src/database/database.js';
import { createPages } from '../../src/http/pages.js';
import { DELIVERY_TIMES, type MailDelivery, startDelivering } from '../../src/mail/deliver-mails.js';
import { createMails, type Mail } from '../../src/mail/mails.js';
import { backToPresent, travel } from '../support/clock.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { until } from '../support/until.js';
import { startSmtp, type TestSmtp } from './smtp.js';

const key = Buffer.alloc(32, 1);
const FROM = 'Latchkey <no-reply@id.example.com>';
const log = pino({ level: 'silent' });
/** As in production, only faster. */
const times = { ...DELIVERY_TIMES, connection: 500, answer: 300, poll: 20, firstPause: 40, farewell: 500 };

let own: TestDatabase;
let database: Database;
let smtp: TestSmtp;
const running: MailDelivery[] = [];

beforeEach(async () => {
  own = await createTestDatabase();
  database = openDatabase(own.url, { poolSize: 6, preparedStatements: true });
  smtp = await startSmtp();
});

afterEach(async () => {
  backToPresent();
  await Promise.all(running.splice(0).map((delivery) => delivery.stop()));
  await smtp.stop();
  await database.close();
  await own.drop();
});

function startNode(withKey = key): MailDelivery {
  const settings = { url: smtp.url, from: FROM };
  const delivery = startDelivering({ database, smtp: settings, key: withKey, log, times });
  running.push(delivery);
  return delivery;
}

async function post(mail: Partial<Mail> & { to: string }): Promise<void> {
  const mails = createMails({
    config: {
      issuer: 'https://id.example.com',
      brand: { name: 'Latchkey', logo: undefined, color: undefined },
      mail: { mode: 'smtp', url: smtp.url, from: FROM },
    },
    key,
    pages: await createPages({ issuer: 'https://id.example.com' }),
    onPosted: () => {},
  });
  const letter = { language: 'en', subject: 'A secret', lines: ['Grüße & <b>'], closing: [] } as const;
  await mails.post(database.knex, { letter: { ...letter, lines: [...letter.lines], closing: [] }, ...mail });
}

interface Row {
  sent_at: Date | null;
  next_try_at: Date | null;
  content: Buffer | null;
  attempts: number;
  last_error: string | null;
}

async function rowOf(recipient: string): Promise<Row> {
  const row: Row | undefined = await database.knex('outgoing_mails').where({ recipient }).first();
  if (!row) throw new Error(`no mail to ${recipient}`);
  return row;
}

const isSent = async (recipient: string) => (await rowOf(recipient)).sent_at !== null;
const isTried = async (recipient: string) => (await rowOf(recipient)).last_error !== null;

describe('a mail', () => {
  test('is sent as text and HTML under our name, and what it said does not stay behind', async () => {
    await post({ to: 'alice@example.com' });
    startNode();
    await until(() => isSent('alice@example.com'));
    const [{ parsed, to }] = smtp.received as [(typeof smtp.received)[0]];
    expect(to).toBe('alice@example.com');
    expect(parsed.from?.text).toContain('no-reply@id.example.com');
    expect(parsed.subject).toBe('A secret');
    expect(parsed.text).toContain('Grüße & <b>');
    expect(parsed.html).toContain('Grüße &amp; &lt;b&gt;');
    expect(parsed.headers.get('auto-submitted')).toBe('auto-generated');
    expect((await rowOf('alice@example.com')).content).toBeNull();
  });

  test('lies sealed in the outbox until then', async () => {
    await post({ to: 'alice@example.com' });
    const { content } = await rowOf('alice@example.com');
    expect(content?.toString('latin1')).not.toContain('secret');
  });

  test('that was posted in a transaction that failed is not sent', async () => {
    startNode();
    const failed = database.knex.transaction(async (transaction) => {
      await transaction('outgoing_mails').insert({
        recipient: 'nobody@example.com',
        created_at: new Date(),
        expires_at: new Date(Date.now() + 1000),
        leaves_at: new Date(Date.now() + 1000),
        next_try_at: new Date(),
      });
      throw new Error('the change went wrong');
    });
    await expect(failed).rejects.toThrow('went wrong');
    await post({ to: 'after@example.com' });
    await until(() => isSent('after@example.com'));
    expect(smtp.received.map(({ to }) => to)).toEqual(['after@example.com']);
  });
});

describe('a mail server', () => {
  test('that is down gets every mail, each once, when it is back', async () => {
    const { port } = smtp;
    await smtp.stop();
    const people = ['a@example.com', 'b@example.com', 'c@example.com'];
    for (const to of people) await post({ to });
    startNode();
    await until(async () => (await Promise.all(people.map(isTried))).every(Boolean));
    expect((await rowOf('a@example.com')).content).not.toBeNull();

    smtp = await startSmtp(port);
    await until(async () => (await Promise.all(people.map(isSent))).every(Boolean));
    expect(smtp.received.map(({ to }) => to).sort()).toEqual(people);
  });

  test('that says "later" is asked again, less and less often', async () => {
    smtp.mood = 'later';
    await post({ to: 'grey@example.com' });
    startNode();
    await until(async () => (await rowOf('grey@example.com')).attempts >= 3);
    expect((await rowOf('grey@example.com')).last_error).toContain('451');
    smtp.mood = 'takes';
    await until(() => isSent('grey@example.com'));
    expect(smtp.received).toHaveLength(1);
  });

  test('that refuses a recipient for good is believed, and the others get their mail', async () => {
    smtp.mood = 'refuses';
    await post({ to: 'gone@example.com' });
    startNode();
    await until(() => isTried('gone@example.com'));
    const row = await rowOf('gone@example.com');
    expect([row.next_try_at, row.content, row.sent_at, row.attempts]).toEqual([null, null, null, 1]);
    // The server's own words may repeat the mail.
    expect(row.last_error).toBe('EENVELOPE 550 RCPT TO');
    smtp.mood = 'takes';
    await post({ to: 'here@example.com' });
    await until(() => isSent('here@example.com'));
  });

  test('that breaks off after taking a mail gets it at most twice, under the same Message-ID', async () => {
    smtp.mood = 'cut';
    await post({ to: 'twice@example.com' });
    startNode();
    await until(async () => (await rowOf('twice@example.com')).next_try_at === null);
    await post({ to: 'next@example.com' });
    smtp.mood = 'takes';
    await until(() => isSent('next@example.com'));
    const ids = smtp.received
      .filter(({ to }) => to === 'twice@example.com')
      .map(({ messageId }) => messageId);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
  });

  test('that takes no answer to a mail holds up no other', async () => {
    smtp.mood = 'silent';
    await post({ to: 'slow@example.com' });
    startNode();
    await until(() => smtp.begun === 1);
    smtp.mood = 'takes';
    await post({ to: 'quick@example.com' });
    await until(() => isSent('quick@example.com'));
    await until(() => isSent('slow@example.com'));
  });
});

test('two nodes that deliver one outbox send each mail once', async () => {
  const people = Array.from({ length: 30 }, (_, index) => `p${index}@example.com`);
  for (const to of people) await post({ to });
  startNode();
  startNode();
  await until(async () => (await Promise.all(people.map(isSent))).every(Boolean));
  expect(smtp.received.map(({ to }) => to).sort()).toEqual([...people].sort());
});

test('a mail whose sender died is sent by another node once its lease is over', async () => {
  smtp.mood = 'silent';
  await post({ to: 'orphan@example.com' });
  // As left behind by a node that was killed in the middle.
  await database
    .knex('outgoing_mails')
    .update({ next_try_at: new Date(Date.now() + times.lease), attempts: 1 });
  smtp.mood = 'takes';
  startNode();
  await post({ to: 'other@example.com' });
  await until(() => isSent('other@example.com'));
  expect(await isSent('orphan@example.com')).toBe(false);
  travel(times.lease / 1000);
  await until(() => isSent('orphan@example.com'));
});

describe('what can no longer be sent is given up, and its content goes', () => {
  test('when it has expired meanwhile', async () => {
    await post({ to: 'late@example.com', expiresAt: new Date(Date.now() - 1) });
    startNode();
    await until(async () => (await rowOf('late@example.com')).next_try_at === null);
    expect((await rowOf('late@example.com')).content).toBeNull();
    expect(smtp.received).toEqual([]);
  });

  test('when it was written under another SECRET_KEY', async () => {
    await post({ to: 'old@example.com' });
    startNode(Buffer.alloc(32, 2));
    await until(async () => (await rowOf('old@example.com')).next_try_at === null);
    expect((await rowOf('old@example.com')).last_error).toContain('SECRET_KEY');
  });
});
