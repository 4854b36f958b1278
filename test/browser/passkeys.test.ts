/** Passkeys in a real browser, with the authenticator that Chromium brings for tests (WebAuthn 11, over CDP). */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { exchange } from '../support/oauth.js';
import { claimsOfIdToken } from '../support/openid.js';
import { authorizeUrl, createApp, createPerson, PASSWORD, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { describeInChromium, launchChromium, openPage } from './chromium.js';
import { startWebsite, type Website } from './website.js';

interface Authenticator {
  id: string;
  cdp: CDPSession;
  /** Whether somebody is there to touch it. */
  setPresence(isPresent: boolean): Promise<void>;
  countCredentials(): Promise<number>;
}

async function addAuthenticator(page: Page): Promise<Authenticator> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable', { enableUI: false });
  const { authenticatorId: id } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    id,
    cdp,
    async setPresence(enabled) {
      await cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId: id, enabled });
    },
    async countCredentials() {
      return (await cdp.send('WebAuthn.getCredentials', { authenticatorId: id })).credentials.length;
    },
  };
}

describeInChromium('in Chromium', () => {
  let server: TestServer;
  let browser: Browser;
  let website: Website;
  let app: TestApplication;
  let page: Page;
  let complaints: string[];
  let authenticator: Authenticator;
  let people = 0;
  let username: string;

  beforeAll(async () => {
    [server, browser, website] = await Promise.all([startTestServer(), launchChromium(), startWebsite()]);
    app = await createApp(server, { redirectUris: [`${website.url}/callback`], skipConsent: true });
  });
  afterAll(async () => {
    await browser?.close();
    await website?.stop();
    await server?.stop();
  });

  /** A new person, signed in, with one passkey. */
  beforeEach(async () => {
    username = `person${people++}`;
    await createPerson(server, username);
    ({ page, complaints } = await openPage(browser, { baseURL: server.url }));
    authenticator = await addAuthenticator(page);
    // The sign-in page would offer it in the field of the username, and this authenticator takes every offer at once.
    await authenticator.setPresence(false);
    await enterPassword();
    await page.waitForURL(`${server.url}/`);
    await authenticator.setPresence(true);
    await page.goto('/account/security');
    await page.getByRole('link', { name: 'Add a passkey' }).click();
    await page.getByLabel('Name').fill('My laptop');
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await page.getByRole('link', { name: 'I have kept them' }).click();
    await page.getByRole('status').waitFor();
  });

  async function enterPassword(): Promise<void> {
    await page.goto('/login');
    await page.getByLabel('Username').fill(username);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  }

  async function signOut(): Promise<void> {
    await authenticator.setPresence(false);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL(`${server.url}/`);
  }

  test('a person adds a passkey, which is then listed', async () => {
    expect(await page.getByRole('status').textContent()).toContain('The passkey was added');
    expect(await page.getByRole('row').last().textContent()).toContain('My laptop');
    expect(await authenticator.countCredentials()).toBe(1);
    expect(complaints).toEqual([]);
  });

  test('the same device is told that it has one already', async () => {
    await page.getByRole('link', { name: 'Add a passkey' }).click();
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await page.getByText('This device has a passkey of your account already.').waitFor();
    expect(await authenticator.countCredentials()).toBe(1);
    expect(complaints).toEqual([]);
  });

  test('a person signs in with it by the button, without a name or a password', async () => {
    await signOut();
    await page.goto('/login?next=/account');
    const button = page.getByRole('button', { name: 'Sign in with a passkey' });
    await button.waitFor();
    await authenticator.setPresence(true);
    await button.click();
    await page.waitForURL(`${server.url}/account`);
    expect(complaints).toEqual([]);
  });

  test('the browser offers it where it would fill in the username', async () => {
    await signOut();
    await authenticator.setPresence(true);
    await page.goto('/login?next=/account');
    await page.waitForURL(`${server.url}/account`);
    expect(complaints).toEqual([]);
  });

  test('a person signs in with it at a website', async () => {
    await signOut();
    await page.goto(authorizeUrl(app, { scope: 'openid' }));
    const button = page.getByRole('button', { name: 'Sign in with a passkey' });
    await button.waitFor();
    await authenticator.setPresence(true);
    await button.click();
    await page.getByRole('heading', { name: 'Welcome back' }).waitFor();
    const code = new URL(page.url()).searchParams.get('code') ?? '';
    const { body } = await exchange(server, app, code);
    expect(claimsOfIdToken(body.id_token)).toMatchObject({ amr: ['hwk', 'user', 'mfa'], acr: 'phr' });
    expect(complaints).toEqual([]);
  });

  test('it is asked for after the password, and signs in', async () => {
    await signOut();
    await enterPassword();
    await page.getByText('Confirm with your passkey').waitFor();
    await authenticator.setPresence(true);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.waitForURL(`${server.url}/`);
    expect(complaints).toEqual([]);
  });

  test('it confirms who one is', async () => {
    await page.goto('/login/confirm?next=/account/edit');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.waitForURL(`${server.url}/account/edit`);
    expect(complaints).toEqual([]);
  });

  test('a removed passkey is refused, and the page says what else there is', async () => {
    await page.getByRole('link', { name: /^Change.*My laptop/ }).click();
    await page.getByRole('button', { name: 'Remove the passkey' }).click();
    expect(await page.getByRole('status').textContent()).toContain('removed');
    await signOut();
    // Or it would be offered, taken and refused again and again.
    await page.addInitScript('PublicKeyCredential.isConditionalMediationAvailable = async () => false');
    await page.goto('/login');
    const button = page.getByRole('button', { name: 'Sign in with a passkey' });
    await button.waitFor();
    await authenticator.setPresence(true);
    await button.click();
    await page.getByText('This passkey was not accepted').waitFor();
    expect(complaints).toEqual([]);
  });

  test('a request that is turned down says so, and changes nothing', async () => {
    await signOut();
    await page.goto('/login');
    const button = page.getByRole('button', { name: 'Sign in with a passkey' });
    await button.waitFor();
    await authenticator.cdp.send('WebAuthn.setUserVerified', {
      authenticatorId: authenticator.id,
      isUserVerified: false,
    });
    await authenticator.setPresence(true);
    await button.click();
    await page.getByText('Nothing has changed: you cancelled, or it took too long.').waitFor();
    expect(complaints).toEqual([]);
  });

  test('without WebAuthn the button is not there, and adding says in a sentence that it cannot be done', async () => {
    await page.addInitScript('delete window.PublicKeyCredential');
    await page.goto('/login');
    await page.getByLabel('Password').waitFor();
    expect(await page.getByRole('button', { name: 'Sign in with a passkey' }).count()).toBe(0);
    await page.goto('/account/passkeys/add');
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await page.getByText('This browser cannot use passkeys here.').waitFor();
    expect(complaints).toEqual([]);
  });
});
