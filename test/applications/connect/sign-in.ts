/** A person at somebody else's site, which sends them to the server and gets them back. */
import { request as httpRequest } from 'node:http';
import { type Browser, newBrowser, type Page } from '../../support/browser.js';
import { PASSWORD } from '../../support/people.js';

/** As somebody's browser asks for a page; Node.js's fetch says that a script asks, whom Apache does not send to sign in. */
const navigate: typeof fetch = async (input, init) => {
  const asked = new Request(input, init);
  const { url, method, headers } = asked;
  const sent = {
    ...Object.fromEntries(headers),
    'sec-fetch-mode': 'navigate',
    accept: 'text/html,*/*;q=0.8',
  };
  const content = Buffer.from(await asked.arrayBuffer());
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers: sent }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const received = new Headers();
        for (const [name, values = []] of Object.entries(answer.headersDistinct))
          for (const value of values) received.append(name, value);
        resolve(new Response(Buffer.concat(chunks), { status: answer.statusCode, headers: received }));
      });
    });
    request.on('error', reject).end(content);
  });
};

/** A browser that was never here before. */
export const newVisitor = ({ url }: { url: string }): Browser => newBrowser(url, navigate);

/** Follows redirects from one to the other, as a browser does. */
export async function follow(browser: Browser, page: Page): Promise<Page> {
  let current = page;
  for (let hops = 0; current.location && hops < 20; hops++) current = await browser.request(current.location);
  return current;
}

/** From the page that the site led to (the sign-in, the consent, or the site itself) to the site's. */
export async function passThrough(browser: Browser, ledTo: Page, username: string): Promise<Page> {
  let page = await follow(browser, ledTo);
  if (page.html.querySelector('input[name=password]'))
    page = await follow(browser, await browser.submit(page, { username, password: PASSWORD }));
  if (page.html.querySelector('form[action$="/consent"]'))
    page = await follow(browser, await browser.submit(page, {}, '/consent'));
  return page;
}

/** A browser that was never here before opens the address and signs in on the way. */
export async function signInBy(
  server: { url: string },
  address: string,
  username: string,
): Promise<{ page: Page; browser: Browser }> {
  const browser = newVisitor(server);
  return { page: await passThrough(browser, await browser.request(address), username), browser };
}
