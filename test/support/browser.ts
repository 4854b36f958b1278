/** A browser without JavaScript: keeps cookies, follows our redirects, fills in and submits forms. */
import { type HTMLElement, parse } from 'node-html-parser';
import { CookieJar } from 'tough-cookie';

export interface Page {
  status: number;
  url: string;
  headers: Headers;
  text: string;
  html: HTMLElement;
  /** Where a redirect that was not followed leads. */
  location: string | undefined;
}

export type Fields = Record<string, string | string[]>;

export interface Browser {
  jar: CookieJar;
  /** Follows redirects as long as they stay on the server; stops at the first that leads away. */
  open(url: string, headers?: Record<string, string>): Promise<Page>;
  /** One request, without following. */
  request(url: string, init?: RequestInit): Promise<Page>;
  /** Fills the form whose action ends with `action` (the first with a POST otherwise) and submits it. */
  submit(page: Page, fields?: Fields, action?: string): Promise<Page>;
}

/** @param send how requests are sent, when it is not Node.js's fetch */
export function newBrowser(base: string, send: typeof fetch = fetch): Browser {
  const jar = new CookieJar();

  async function request(url: string, init: RequestInit = {}): Promise<Page> {
    const target = new URL(url, base).href;
    const headers = new Headers(init.headers);
    const cookies = await jar.getCookieString(target);
    if (cookies && !headers.has('cookie')) headers.set('cookie', cookies);
    if (!headers.has('accept')) headers.set('accept', 'text/html');
    const response = await send(target, { ...init, headers, redirect: 'manual' });
    for (const cookie of response.headers.getSetCookie())
      await jar.setCookie(cookie, target, { ignoreError: true });
    const text = await response.text();
    const location = response.headers.get('location');
    return {
      status: response.status,
      url: target,
      headers: response.headers,
      text,
      html: parse(text),
      location: location ? new URL(location, target).href : undefined,
    };
  }

  async function follow(page: Page): Promise<Page> {
    let current = page;
    for (let hops = 0; current.location?.startsWith(`${base}/`) && hops < 20; hops++) {
      current = await request(current.location);
    }
    return current;
  }

  function findForm(page: Page, action: string | undefined): HTMLElement {
    const forms = page.html.querySelectorAll('form');
    // The sign-out form of the page's header comes first on every page of somebody signed in.
    const form = action
      ? forms.find((each) => each.getAttribute('action')?.endsWith(action))
      : forms.find(
          (each) => each.getAttribute('method') === 'post' && each.getAttribute('action') !== '/logout',
        );
    if (!form)
      throw new Error(
        `no form ${action ?? ''} on ${page.url} (${page.status}):\n${page.text.slice(0, 2000)}`,
      );
    return form;
  }

  return {
    jar,
    request,
    async open(url, headers = {}) {
      return follow(await request(url, { headers }));
    },
    async submit(page, fields = {}, action = undefined) {
      const form = findForm(page, action);
      const body = new URLSearchParams();
      for (const input of form.querySelectorAll('input, textarea, select, button')) {
        const name = input.getAttribute('name');
        if (!name || name in fields) continue;
        const type = input.getAttribute('type');
        if (['checkbox', 'radio'].includes(type ?? '') && !input.hasAttribute('checked')) continue;
        const selected = input.querySelector('option[selected]') ?? input.querySelector('option');
        const value =
          input.tagName === 'SELECT' ? selected?.getAttribute('value') : input.getAttribute('value');
        body.append(
          name,
          value ?? (input.tagName === 'TEXTAREA' ? input.text.trim() : type === 'checkbox' ? 'on' : ''),
        );
      }
      for (const [name, value] of Object.entries(fields))
        for (const each of [value].flat()) body.append(name, each);
      const target = new URL(form.getAttribute('action') ?? page.url, page.url).href;
      return follow(
        await request(target, { method: 'POST', body, headers: { origin: new URL(target).origin } }),
      );
    },
  };
}
