/** How strong a new password is, said while it is typed. It is advice: the server alone decides. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { commonPasswords } from '../../src/accounts/common-passwords.js';
import { createPerson, PASSWORD } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { describeInChromium, launchChromium, openPage } from './chromium.js';

const SHARE_OF_THE_BAR = `getComputedStyle(document.querySelector('.strength-bar')).backgroundSize`;

describeInChromium('in Chromium', () => {
  let server: TestServer;
  let browser: Browser;

  beforeAll(async () => {
    [server, browser] = await Promise.all([startTestServer(), launchChromium()]);
    await createPerson(server, 'ada.lovelace');
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  /** A page whose clock moves only when it is told to. */
  async function openStill(path: string, options: Parameters<typeof openPage>[1] = {}) {
    const watched = await openPage(browser, { baseURL: server.url, ...options });
    await watched.page.clock.install({ time: new Date('2026-11-23T10:00:00Z') });
    await watched.page.goto(path);
    await watched.page.clock.pauseAt(new Date('2026-11-23T11:00:00Z'));
    return watched;
  }

  const readSaid = (page: Page) => page.locator('.strength').getByRole('status').textContent();

  async function typeAndRead(page: Page, password: string): Promise<string | null> {
    await page.locator('[autocomplete=new-password]').fill(password);
    await page.clock.runFor(400);
    return readSaid(page);
  }

  test.each([
    {
      locale: 'en',
      short: 'Very weak password. This password is too short: it needs at least 8 characters.',
      common: /^Very weak password\. This is one of the most common passwords/,
      context: /^Very weak password\. This password is your username/,
      pattern: /^Very weak password\. This password only repeats or counts/,
      strong: 'Strong password.',
    },
    {
      locale: 'de',
      short: 'Sehr schwaches Passwort. Dieses Passwort ist zu kurz: Es braucht mindestens 8 Zeichen.',
      common: /^Sehr schwaches Passwort\. Das ist eines der häufigsten Passwörter/,
      context: /^Sehr schwaches Passwort\. Dieses Passwort ist Ihr Benutzername/,
      pattern: /^Sehr schwaches Passwort\. Dieses Passwort wiederholt oder zählt nur/,
      strong: 'Starkes Passwort.',
    },
  ])('a password is weighed in the language of its reader: $locale', async (said) => {
    const { page, complaints } = await openStill('/signup', {
      locale: said.locale,
      viewport: { width: 320, height: 640 },
      colorScheme: 'dark',
    });
    await page.locator('#username').fill('grace.hopper');
    expect(await typeAndRead(page, 'x7#')).toBe(said.short);
    expect(await typeAndRead(page, 'password')).toMatch(said.common);
    const shareOfWeak = parseFloat(await page.evaluate<string>(SHARE_OF_THE_BAR));
    expect(await typeAndRead(page, 'grace.hopper')).toMatch(said.context);
    expect(await typeAndRead(page, 'abcabcabc')).toMatch(said.pattern);
    expect(await typeAndRead(page, 'violet kettle orbit mango')).toBe(said.strong);
    expect(parseFloat(await page.evaluate<string>(SHARE_OF_THE_BAR))).toBeGreaterThan(shareOfWeak);
    await typeAndRead(page, 'abcabcabc');
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(320);
    expect(complaints).toEqual([]);
  });

  test('it is said once somebody pauses, and nothing is said of an empty field', async () => {
    const { page } = await openStill('/signup');
    for (const key of 'password') {
      await page.locator('#password').press(key);
      await page.clock.runFor(300);
      expect(await readSaid(page)).toBe('');
    }
    await page.clock.runFor(100);
    expect(await readSaid(page)).toContain('Very weak');
    expect(await typeAndRead(page, '')).toBe('');
    expect(await page.locator('.strength-bar').isVisible()).toBe(false);
  });

  // zxcvbn alone finds many of them strong: correcthorsebatterystaple, for one.
  test('whatever the server refuses as common is called weak, with the reason', async () => {
    const { page } = await openStill('/signup');
    for (const password of ['correcthorsebatterystaple', 'willkommen1', [...commonPasswords].at(-1)!])
      expect([password, await typeAndRead(page, password)]).toEqual([
        password,
        expect.stringMatching(/weak password\. This (is one of the most common|password only)/i),
      ]);
  });

  test('a weak password is sent nevertheless, and the server says no', async () => {
    const { page } = await openStill('/signup');
    await page.getByLabel('Username').fill('grace');
    await page.getByLabel('Email').fill('grace@example.com');
    await typeAndRead(page, 'password');
    await page.locator('main').getByRole('button', { name: 'Sign up' }).click();
    expect(await page.locator('#password-error').textContent()).toContain('most common');
  });

  test('it knows the name of who changes a password', async () => {
    const { page, complaints } = await openStill('/login?next=/account/password');
    await page.getByLabel('Username').fill('ada.lovelace');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.waitForURL((url) => url.pathname === '/account/password');
    expect(await typeAndRead(page, 'Ada.Lovelace')).toContain('is your username');
    expect(await typeAndRead(page, 'violet kettle orbit mango')).toBe('Strong password.');
    expect(complaints).toEqual([]);
  });

  test('without JavaScript there is the hint alone', async () => {
    const { page } = await openPage(browser, { baseURL: server.url, javaScriptEnabled: false });
    await page.goto('/signup');
    await page.locator('#password').fill('password');
    expect(await page.locator('#password-hint').isVisible()).toBe(true);
    expect(await page.locator('.strength-bar').isVisible()).toBe(false);
    expect(await readSaid(page)).toBe('');
  });
});
