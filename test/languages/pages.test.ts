/** Every page that people see, in every language: nothing on it is left in English, and nothing is a key. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type HTMLElement, type Node, NodeType } from 'node-html-parser';
import { type Browser, newBrowser, type Page } from '../support/browser.js';
import { post } from '../support/oauth.js';
import { addPasskey } from '../support/passkeys.js';
import {
  allow,
  authorizeUrl,
  createApp,
  createPerson,
  PASSWORD,
  type TestApplication,
} from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

const TRANSLATED = ['fr', 'de', 'es', 'pt-BR'];
const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
const TOO_LONG = 'a'.repeat(200);

// Words that are the same in the other language.
const SAME_WORDS: Record<string, string[]> = {
  fr: ['Applications', 'Code'],
  de: ['Start', 'Name', 'Region', 'Code', 'Browser', 'Passkey', 'Passkeys'],
  'pt-BR': ['Continue'],
};

let server: TestServer;
let known: TestApplication;
let fresh: TestApplication;
let television: TestApplication;

async function browserIn(language: string): Promise<Browser> {
  const browser = newBrowser(server.url);
  await browser.jar.setCookie(`latchkey_language=${language}; Path=/`, server.url);
  return browser;
}

async function signedInBrowser(language: string): Promise<Browser> {
  const browser = await browserIn(language);
  await browser.submit(await browser.open('/login'), { username: 'ada', password: PASSWORD });
  return browser;
}

const without = (parameters: Record<string, string | undefined>) => authorizeUrl(fresh, parameters);

async function visitAsStranger(browser: Browser): Promise<Page[]> {
  const login = await browser.open('/login?next=%2Faccount');
  const signup = await browser.open('/signup');
  const superuser = { username: 'x', email: 'x', password: 'x', csrf_token: '' };
  return [
    await browser.open('/'),
    login,
    await browser.submit(login, { username: 'ada', password: 'wrong' }),
    await browser.submit(login, { username: '', password: '' }),
    await browser.submit(login, { username: 'a\0', password: 'b' }),
    signup,
    await browser.submit(signup, {
      username: 'ada',
      email: 'nonsense',
      first_name: TOO_LONG,
      password: 'short',
    }),
    await browser.submit(signup, {
      username: 'a b',
      email: '',
      last_name: 'a\u202eb',
      password: 'password1',
    }),
    await browser.submit(signup, {
      username: 'аda',
      email: 'a@b.test',
      first_name: 'a\0',
      password: '12345678',
    }),
    await browser.submit(signup, { username: '', password: '' }),
    await browser.submit(signup, { username: TOO_LONG, email: 'x@y.test', password: 'x@y.test' }),
    await browser.submit(login, { csrf_token: 'wrong' }),
    await browser.open('/nowhere'),
    await browser.open('/superuser?token=never'),
    await browser.request('/superuser', { method: 'POST', body: new URLSearchParams(superuser) }),
    await browser.request('/login', { method: 'DELETE' }),
    await browser.open(without({})),
    await browser.open('/interaction/gone'),
    await browser.open(without({ client_id: 'nobody' })),
    await browser.open(without({ redirect_uri: 'https://elsewhere.test/' })),
    await browser.open(without({ scope: 'openid', redirect_uri: undefined })),
    await browser.open(`${without({})}&state=again`),
    await browser.open('/o/logout/success'),
  ];
}

async function visitAsAda(browser: Browser): Promise<Page[]> {
  const edit = await browser.open('/account/edit');
  const password = await browser.open('/account/password');
  const claims = JSON.stringify({ userinfo: { nickname: null } });
  const consent = without({
    scope: 'openid profile email phone address offline_access read write groups',
    prompt: 'consent',
    claims,
  });
  const asked = await browser.open(consent);
  const device = await browser.open('/o/device');
  const { body } = await post(server, '/o/device-authorization', { client_id: television.clientId });
  await addPasskey(server, browser, { name: 'Known app' });
  const security = await browser.open('/account/security');
  const passkey = security.html.querySelector('section[aria-labelledby=passkeys-section] td a')!.attributes
    .href!;
  const revoke = `/o/authorized_tokens/${known.id}/delete`;
  return [
    await browser.open('/'),
    await browser.open('/login'),
    await browser.open(without({ prompt: 'login' })),
    await browser.open('/account'),
    await browser.open('/account?saved=profile'),
    await browser.open('/account/security?saved=password'),
    await browser.open('/account/sessions?ended=others'),
    await browser.open('/account/tokens?revoked=yes'),
    await browser.open('/account/activity'),
    await browser.open('/account/data'),
    await browser.open('/account/data/delete'),
    await browser.open('/account/keep?token=none'),
    await browser.submit(await browser.open('/account/tokens/new'), {}, '/account/tokens'),
    await browser.open('/account/security?saved=passkey'),
    await browser.submit(await browser.open('/account/passkeys/add'), { name: TOO_LONG }, '/passkeys'),
    await browser.submit(await browser.open('/account/passkeys/add'), { name: '' }, '/passkeys'),
    await browser.open(passkey),
    edit,
    await browser.submit(edit, {
      username: 'bob',
      nickname: TOO_LONG,
      website: 'x',
      birthdate: 'x',
      zoneinfo: 'x',
      locale: 'not a language',
      phone_number: 'x',
      street_address: 'a\u0007b',
      country: 'a\u0007b',
    }),
    password,
    await browser.submit(password, { current_password: 'wrong', new_password: 'another good password' }),
    await browser.submit(password, { current_password: PASSWORD, new_password: PASSWORD }),
    await browser.submit(password, { current_password: PASSWORD, new_password: 'aaaaaaaaaaaa' }),
    await browser.submit(password, { current_password: PASSWORD, new_password: 'a'.repeat(2000) }),
    await browser.open('/logout'),
    await browser.open('/o/logout'),
    asked,
    await browser.submit(asked, { allow: '' }, '/consent'),
    await browser.submit(asked, { scope: 'everything' }, '/consent'),
    device,
    await browser.submit(device, { user_code: 'BBBB-BBBB' }, '/o/device'),
    await browser.submit(device, { user_code: body.user_code }, '/o/device'),
    await browser.open('/o/authorized_tokens'),
    await browser.open(revoke),
  ];
}

/** Everything a person reads or has read out: text, and the attributes that are words. */
function wordsOf(page: Page): string[] {
  const words: string[] = [];
  const walk = (node: Node): void => {
    if (node.nodeType === NodeType.TEXT_NODE) words.push(node.text.replace(/\s+/g, ' ').trim());
    if (node.nodeType !== NodeType.ELEMENT_NODE) return;
    const element = node as HTMLElement;
    // Names, addresses, codes and the languages' own names are the same in every language.
    if (['STRONG', 'CODE', 'TIME', 'SCRIPT', 'STYLE'].includes(element.tagName ?? '')) return;
    if (/\b(who|brand|languages)\b/.test(element.getAttribute('class') ?? '')) return;
    if (element.tagName === 'OPTION' && element.getAttribute('value')) return;
    words.push(element.getAttribute('aria-label') ?? '', element.getAttribute('title') ?? '');
    for (const child of node.childNodes) walk(child);
  };
  walk(page.html);
  return words
    .map((text) => text.replace(/ · Latchkey$/, ''))
    .filter((text) => /\p{L}{2}/u.test(text) && !text.startsWith('<!doctype'));
}

const NAMES = ['ada', 'Ada', 'Ada Example', 'ada@example.com', 'Known app', 'Latchkey', 'http', 'nickname'];

beforeAll(async () => {
  server = await startTestServer({ LOGIN_FAILURES_PER_NETWORK: '1000' });
  await createPerson(server, 'ada');
  await createPerson(server, 'bob');
  known = await createApp(server, { name: 'Known app' });
  fresh = await createApp(server, { name: 'Fresh app' });
  television = await createApp(server, { name: 'Television', grantTypes: [DEVICE_GRANT], redirectUris: [] });
  const browser = await signedInBrowser('en');
  await allow(browser, known);
});

afterAll(() => server.stop());

const VISITS = { stranger: visitAsStranger, ada: visitAsAda };

async function visit(who: keyof typeof VISITS, language: string): Promise<Page[]> {
  // With one the password would not be enough.
  await server.database.knex('passkeys').delete();
  const browser = await (who === 'ada' ? signedInBrowser(language) : browserIn(language));
  // Failed attempts at one account are counted, whatever the network.
  await server.database.knex('throttles').delete();
  return VISITS[who](browser);
}

describe.each(['stranger', 'ada'] as const)('the pages of %s', (who) => {
  let inEnglish: Page[];
  let english: Set<string>;

  beforeAll(async () => {
    inEnglish = await visit(who, 'en');
    english = new Set(inEnglish.flatMap(wordsOf));
    expect(english.size).toBeGreaterThan(50);
  });

  test.each(TRANSLATED)('are wholly in %s', async (language) => {
    const pages = await visit(who, language);
    const same = [...NAMES, ...(SAME_WORDS[language] ?? [])];
    for (const [index, page] of pages.entries()) {
      const where = `${page.url} (${page.status})`;
      expect([where, page.status]).toEqual([where, inEnglish[index]!.status]);
      expect([where, page.html.querySelector('html')!.getAttribute('lang')]).toEqual([where, language]);
      const left = wordsOf(page).filter((text) => english.has(text) && !same.includes(text));
      expect([where, left]).toEqual([where, []]);
      expect([
        where,
        /\b(accounts|authorization|errors|forms|home|languages|layout|scopes)\.[a-z]\w+/.test(page.html.text),
      ]).toEqual([where, false]);
      expect([where, /\{\{|undefined|\[object/.test(page.text)]).toEqual([where, false]);
    }
  });
});
