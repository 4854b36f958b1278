/** LG-31, LG-33: every page works without JavaScript, with a password manager, a keyboard and a screen reader. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HTMLElement } from 'node-html-parser';
import { makeSuperuserLink } from '../../src/accounts/superuser-link.js';
import { newBrowser, type Page } from '../support/browser.js';
import { crawl } from '../support/crawl.js';
import { allow, authorizeUrl, createApp, createPerson, signIn } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let pages: Page[];

beforeAll(async () => {
  server = await startTestServer();
  const asking = await createApp(server, { name: 'Asking' });
  const link = await makeSuperuserLink(server.database.knex, { issuer: server.url, at: new Date() });
  const seen = await crawl(newBrowser(server.url), server.url, [
    '/',
    '/no-such-page',
    link!.url,
    authorizeUrl(asking),
  ]);

  const root = await createPerson(server, 'root', { isSuperuser: true });
  await createApp(server, { name: 'Own' }, root.id);
  const browser = await signIn(server, 'root');
  await allow(browser, await createApp(server, { name: 'Known' }));
  const seeds = ['/', '/login', '/logout', '/o/logout', '/o/device', authorizeUrl(asking, { scope: 'read' })];
  pages = [...seen, ...(await crawl(browser, server.url, seeds))];
  // What a refused form looks like is part of what must be usable.
  pages.push(
    await browser.submit(await browser.open('/applications/register'), { redirect_uris: 'x' }, '/register'),
  );
  pages.push(await browser.submit(await browser.open('/account/edit'), { website: 'x' }, '/edit'));
  pages.push(await browser.submit(await browser.open('/account/email'), { email: 'x' }, '/email'));
  pages.push(
    await browser.submit(await browser.open('/account/password'), { new_password: 'x' }, '/password'),
  );
});

afterAll(() => server.stop());

function eachElement(selector: string, look: (element: HTMLElement, page: Page) => void): void {
  let seen = 0;
  for (const page of pages) {
    for (const element of page.html.querySelectorAll(selector)) {
      seen++;
      look(element, page);
    }
  }
  expect(seen).toBeGreaterThan(0);
}

/** Where a superuser fills in what is somebody else's. */
const isAboutSomebodyElse = ({ url }: Page) => new URL(url).pathname.startsWith('/admin/');

/** Names the element in the message of a failed expectation. */
const at = (element: HTMLElement, page: Page) =>
  `${new URL(page.url).pathname}: ${element.toString().slice(0, 160)}`;

test('the pages of all kinds were found', () => {
  const paths = pages.map((page) =>
    new URL(page.url).pathname.replace(/\d+/, 'N').replace(/(interaction\/).*/, '$1'),
  );
  expect(paths).toEqual(
    expect.arrayContaining([
      '/',
      '/no-such-page',
      '/login',
      '/signup',
      '/superuser',
      '/interaction/',
      '/account',
      '/account/edit',
      '/account/password',
      '/logout',
      '/o/logout',
      '/o/device',
      '/o/authorized_tokens',
      '/o/authorized_tokens/N/delete',
      '/applications',
      '/applications/register',
      '/applications/N',
      '/applications/N/update',
      '/applications/N/delete',
    ]),
  );
});

describe('every page', () => {
  test('says its language, its title and one heading, and lets a keyboard skip to the content', () => {
    for (const page of pages) {
      expect([page.url, page.html.querySelector('html')?.getAttribute('lang')]).toEqual([page.url, 'en']);
      expect(page.html.querySelector('title')?.text).toMatch(/^\S.* · Latchkey$/);
      expect([page.url, page.html.querySelectorAll('h1').length]).toEqual([page.url, 1]);
      expect(page.html.querySelector('a.skip-link')?.getAttribute('href')).toBe('#main');
      expect(page.html.querySelector('#main')).not.toBeNull();
    }
  });

  test('has no inline script, handler or style, and loads nothing from elsewhere', () => {
    for (const page of pages) {
      expect([page.url, page.html.querySelectorAll('iframe, object, embed').length]).toEqual([page.url, 0]);
      expect([
        page.url,
        page.html
          .querySelectorAll('script')
          .map(({ text }) => text)
          .join(''),
      ]).toEqual([page.url, '']);
      for (const element of page.html.querySelectorAll('*')) {
        const names = Object.keys(element.attributes).filter((name) => /^on/i.test(name) || name === 'style');
        expect([at(element, page), names]).toEqual([at(element, page), []]);
      }
    }
    eachElement('link[href], img[src], script', (element) => {
      const address = element.getAttribute('href') ?? element.getAttribute('src');
      // A QR code is made for the page it is on.
      expect(address).toMatch(/^(\/assets\/[\w.-]+\?v=|data:image\/svg\+xml;base64,)/);
    });
  });

  test('uses each id once', () => {
    for (const page of pages) {
      const ids = page.html.querySelectorAll('[id]').map((element) => element.id);
      expect([page.url, ids.filter((id, index) => ids.indexOf(id) !== index)]).toEqual([page.url, []]);
    }
  });
});

describe('every form', () => {
  test('has exactly one submit button, with words on it', () => {
    eachElement('form', (form, page) => {
      const buttons = form.querySelectorAll(
        'button:not([type=button]), input[type=submit], input[type=image]',
      );
      // Each language is a button of its own.
      const isChoice = form.getAttribute('action') === '/language';
      expect([at(form, page), buttons.length]).toEqual([at(form, page), isChoice ? 5 : 1]);
      for (const button of buttons) expect(button.text.trim()).not.toBe('');
    });
  });

  test('labels each of its fields', () => {
    eachElement('input:not([type=hidden]), textarea, select', (input, page) => {
      if (input.closest('[aria-hidden=true]')) return;
      const label = input.closest('label') ?? page.html.querySelector(`label[for="${input.id}"]`);
      expect([at(input, page), Boolean(label?.text.trim())]).toEqual([at(input, page), true]);
    });
  });

  test('groups its choices under a legend', () => {
    eachElement('input[type=radio], input[type=checkbox]', (input, page) => {
      const legend = input.closest('fieldset')?.querySelector('legend');
      expect([at(input, page), Boolean(legend?.text.trim())]).toEqual([at(input, page), true]);
    });
  });

  test('ties hints and errors to the field they are about', () => {
    eachElement('[aria-describedby]', (element, page) => {
      for (const id of element.getAttribute('aria-describedby')!.split(' ')) {
        expect([at(element, page), page.html.getElementById(id)?.text.trim()]).toEqual([
          at(element, page),
          expect.stringMatching(/\S/),
        ]);
      }
    });
    eachElement('.field-error', (error) => expect(error.getAttribute('role')).toBe('alert'));
    eachElement('[aria-invalid]', (input, page) => {
      const about = input.getAttribute('aria-describedby')?.split(' ');
      expect([at(input, page), about]).toEqual([
        at(input, page),
        expect.arrayContaining([`${input.id}-error`]),
      ]);
    });
  });
});

describe('a password field', () => {
  test('is one a password manager recognises, with a username beside it', () => {
    eachElement('input[name*=password]', (input, page) => {
      expect(input.getAttribute('type')).toBe('password');
      if (isAboutSomebodyElse(page)) return;
      expect(input.getAttribute('autocomplete')).toBe(
        input.getAttribute('name') === 'current_password' ||
          input.closest('form')!.getAttribute('action')!.endsWith('/login')
          ? 'current-password'
          : 'new-password',
      );
      expect([
        at(input, page),
        input.closest('form')!.querySelector('[autocomplete^=username]') !== null,
      ]).toEqual([at(input, page), true]);
    });
  });

  test('takes what is pasted, of any length, and is never filled in by us', () => {
    eachElement('input[type=password]', (input) => {
      expect(
        ['maxlength', 'pattern', 'value', 'readonly'].filter((name) => input.hasAttribute(name)),
      ).toEqual([]);
    });
  });
});

test('what a person is asked about themselves can be filled in by the browser', () => {
  const expected = {
    username: 'username',
    email: 'email',
    first_name: 'given-name',
    last_name: 'family-name',
  };
  for (const [name, autocomplete] of Object.entries(expected)) {
    eachElement(`input[name=${name}]`, (input, page) => {
      if (isAboutSomebodyElse(page)) return;
      const isSignIn = input.closest('form')!.getAttribute('action')!.endsWith('/login');
      // Where one signs in, the browser may offer a passkey with it.
      expect(input.getAttribute('autocomplete')).toBe(isSignIn ? `${autocomplete} webauthn` : autocomplete);
    });
  }
});

test('email and phone bring up the right keyboard', () => {
  eachElement('input[name=email]', (input) => expect(input.getAttribute('type')).toBe('email'));
  eachElement('input[name=phone_number]', (input) => expect(input.getAttribute('type')).toBe('tel'));
});
