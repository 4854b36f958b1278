/** What has happened to an account is told by mail, so that its owner notices what they have not done. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setOwnLanguage } from '../../src/accounts/own-language.js';
import { createPages } from '../../src/http/pages.js';
import { languageTags } from '../../src/languages/languages.js';
import { createMails } from '../../src/mail/mails.js';
import { type Notice, notify } from '../../src/mail/notify.js';
import { deriveKey } from '../../src/secrets/derive-key.js';
import { lastMail, readMails } from '../support/mails.js';
import { createPerson, PASSWORD, signIn } from '../support/people.js';
import { SECRET_KEY, startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const FROM = { network: '127.0.0.1', requestId: 'test' };

describe('a changed password', () => {
  test('is told to the address of the account, with the time, the network and a link to the issuer', async () => {
    await createPerson(server, 'nora');
    const browser = await signIn(server, 'nora');
    const page = await browser.open('/account/password');
    await browser.submit(page, { current_password: PASSWORD, new_password: `${PASSWORD} two` });

    const mail = await lastMail(server, 'nora@example.com');
    expect(mail.subject).toBe('Your password was changed');
    expect(mail.text).toContain('Hello nora,');
    expect(mail.text).toContain('127.0.0.1');
    expect(mail.link).toBe(`${server.config.issuer}/account`);
    expect(mail.text).not.toContain(PASSWORD);
  });

  test('is told of nothing when it was refused', async () => {
    await createPerson(server, 'otto');
    const browser = await signIn(server, 'otto');
    const page = await browser.open('/account/password');
    await browser.submit(page, { current_password: 'not it', new_password: `${PASSWORD} two` });
    const subjects = (await readMails(server, 'otto@example.com')).map(({ subject }) => subject);
    expect(subjects).toEqual(['New sign-in to your account']);
  });
});

test('a notice is written in the language the person has chosen', async () => {
  const person = await createPerson(server, 'pia');
  await setOwnLanguage(server.database, person, 'de', FROM);
  const browser = await signIn(server, 'pia');
  const page = await browser.open('/account/password', { 'accept-language': 'fr' });
  await browser.submit(page, { current_password: PASSWORD, new_password: `${PASSWORD} two` });
  const mail = await lastMail(server, 'pia@example.com');
  expect(mail.subject).toBe('Ihr Passwort wurde geändert');
  expect(mail.text).toContain('Guten Tag, pia,');
});

describe.each(languageTags)('in %s', (language) => {
  test('every notice can be written, and what others have named is text, not markup', async () => {
    const name = '"><img src=x onerror=alert(1)>';
    const person = await createPerson(server, `quin-${language}`);
    const verified = { email_verified_at: new Date() };
    await server.database.knex('accounts').where({ id: person.id }).update(verified);
    await setOwnLanguage(server.database, person, language, FROM);
    const mails = createMails({
      config: server.config,
      key: deriveKey(SECRET_KEY, 'mails'),
      pages: await createPages({ issuer: server.config.issuer }),
      onPosted: () => {},
    });
    const values = {
      passwordChanged: {},
      newSignIn: { device: name },
      emailChangeAsked: { address: name },
      emailChanged: { address: name },
      factorAdded: {},
      factorRemoved: {},
      recoveryCodesMade: {},
      recoveryCodeUsed: { left: 3 },
      passkeyAdded: { name },
      passkeyRemoved: { name },
      refreshTokenReused: { application: name },
      accountDeletionAsked: { until: new Date('2027-01-02T03:04:00Z') },
      accountDisabled: {},
      factorsReset: {},
      impersonated: { administrator: name, minutes: 30, reason: name },
      personalTokenMade: { name },
    };
    for (const [notice, each] of Object.entries(values))
      await notify(mails, server.database.knex, {
        accountId: person.id,
        notice: notice as Notice,
        values: each as never,
      });
    const all = await mails.listKept(server.database.knex);
    const kept = all.filter(({ to }) => to === person.email);
    expect(kept).toHaveLength(Object.keys(values).length);
    expect(new Set(kept.map(({ subject }) => subject)).size).toBe(kept.length);
    for (const { html, text } of kept) {
      expect(html).toContain(`lang="${language}"`);
      expect(html).not.toContain('<img');
      expect(text).not.toContain('&lt;');
    }
  });
});

// Somebody could join with a stranger's address, and sign in as often as they like to have it written to.
test('an address that nobody has confirmed is told five times an hour at most, one that is confirmed every time', async () => {
  for (const username of ['rosa', 'sven']) await createPerson(server, username);
  const verified = { email_verified_at: new Date() };
  await server.database.knex('accounts').where({ username: 'sven' }).update(verified);
  for (let signIns = 0; signIns < 7; signIns++)
    for (const username of ['rosa', 'sven']) await signIn(server, username);
  const told = async (username: string) => (await readMails(server, `${username}@example.com`)).length;
  expect([await told('rosa'), await told('sven')]).toEqual([5, 7]);
});
