/**
 * WCAG 2.2 AA: axe-core finds nothing on any page, in light and in dark; nothing needs a mouse, a wide screen or
 * JavaScript. What axe cannot see (focus, zoom, forced colours) is measured here.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { authorizeUrl, createApp, createPerson } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { describeInChromium, launchChromium, openPage } from './chromium.js';
import { listPageViews, stops, visit } from './tour/stops.js';
import { createWorld, openVisitors, signInOnPage, type Visitors, type World } from './tour/world.js';
import { startWebsite } from './website.js';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

interface Finding {
  id: string;
  help: string;
  nodes: { target: string[]; failureSummary: string }[];
}

async function findWithAxe(page: Page, rules = RULES): Promise<string[]> {
  const violations = await page.evaluate<Finding[]>(
    `axe.run(document, { runOnly: { type: 'tag', values: ${JSON.stringify(rules)} }, resultTypes: ['violations'] }).then(({ violations }) => violations)`,
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`),
  );
}

/** What every page and form of ours has, and axe does not ask for. */
const PROBLEMS = `(() => {
  const problems = [];
  const check = (holds, problem) => holds || problems.push(problem);
  check(document.title.endsWith(' · Latchkey') && !document.title.startsWith(' '), 'the title is ' + document.title);
  check(document.documentElement.lang === 'en', 'no language');
  check(document.querySelectorAll('h1').length === 1, 'not one h1');
  for (const input of document.querySelectorAll('main :is(input, select, textarea)')) {
    const described = (input.getAttribute('aria-describedby') || '').split(' ').filter(Boolean);
    check(described.every((id) => document.getElementById(id)), input.name + ' is described by what is not there');
    if (input.ariaInvalid === 'true') check(described.includes(input.id + '-error'), input.name + ' does not say what is wrong');
    const isTyped = !['hidden', 'checkbox', 'radio', 'file', 'submit'].includes(input.type) && input.tagName === 'INPUT';
    if (isTyped) check(input.hasAttribute('autocomplete'), input.name + ' does not say what may be filled in');
    if (input.type === 'password') check(['current-password', 'new-password'].includes(input.autocomplete), input.name + ' is no password for a manager');
  }
  // After a refusal one goes on typing where something is wrong.
  const refused = document.querySelector('[aria-invalid=true]');
  if (refused) check(document.activeElement === refused, 'the focus is not on ' + refused.name);
  return problems;
})()`;

/** What a keyboard comes to on its way through the page: where it is, and whether it can be seen there. */
const FOCUSED = `(() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const index = [...document.querySelectorAll('*')].indexOf(element);
  const box = element.getBoundingClientRect();
  const isSeen = (style) => style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  const inView = box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.left < innerWidth && box.right > 0;
  return {
    index,
    name: element.outerHTML.slice(0, 120),
    isSeen: inView && (isSeen(getComputedStyle(element)) || isSeen(getComputedStyle(element, '::before'))),
  };
})()`;

/** Everything a keyboard has to come to; of radio buttons with one name, one. */
const FOCUSABLE = `(() => {
  const names = new Set();
  return [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')]
    .filter((element) => element.tabIndex >= 0 && element.checkVisibility())
    .filter(({ type, name }) => type !== 'radio' || (!names.has(name) && names.add(name)))
    .length;
})()`;

const edgeOf = (selector: string) => `(({ borderTopStyle, borderTopWidth, transitionDuration }) =>
  [borderTopStyle, borderTopWidth, transitionDuration].join(' '))(getComputedStyle(document.querySelector('${selector}')))`;

interface Focused {
  index: number;
  name: string;
  isSeen: boolean;
}

/** From the first stop of the keyboard, the link that skips to the page's own part, to the last. */
async function walkByKeyboard(page: Page): Promise<Focused[]> {
  await page.keyboard.press('Tab');
  await page.locator('.skip-link').focus();
  const met: Focused[] = [];
  for (let presses = 0; presses < 300; presses++) {
    const focused = await page.evaluate<Focused | null>(FOCUSED);
    // Past the last one the browser's own buttons would follow; then it begins again.
    if (!focused || met.some(({ index }) => index === focused.index)) break;
    met.push(focused);
    await page.keyboard.press('Tab');
  }
  return met;
}

describeInChromium('in Chromium', () => {
  let server: TestServer;
  let browser: Browser;
  let world: World;
  let visitors: Visitors;

  beforeAll(async () => {
    [server, browser] = await Promise.all([startTestServer(), launchChromium()]);
    world = await createWorld(server);
    // Without motion a page that turns dark is dark at once.
    const viewport = { width: 1280, height: 800 };
    visitors = await openVisitors(browser, world, { viewport, reducedMotion: 'reduce' });
    for (const { page } of Object.values(visitors))
      await page.context().addInitScript({ content: axe.source });
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  test('every page of views/ is a stop of the tour', () => {
    const views = new Set(stops.map(({ view }) => view));
    expect(listPageViews().filter((view) => !views.has(view))).toEqual([]);
  });

  test.each(stops)('$name', async (stop) => {
    const page = await visit(stop, visitors, world);
    const found: Record<string, unknown> = { problems: await page.evaluate<string[]>(PROBLEMS) };
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      found[colorScheme] = await findWithAxe(page);
    }
    const widths: Record<number, number> = {};
    // 640 is a window of 1280 pixels at 200 %, 320 one at 400 %.
    for (const width of [640, 320]) {
      await page.setViewportSize({ width, height: 640 });
      widths[width] = await page.evaluate<number>('document.documentElement.scrollWidth');
      if (width === 320) found.narrow = await findWithAxe(page);
    }
    await page.setViewportSize({ width: 1280, height: 800 });
    expect(found).toEqual({ problems: [], light: [], dark: [], narrow: [] });
    expect(widths).toEqual({ 640: 640, 320: 320 });

    const met = await walkByKeyboard(page);
    expect(met.filter(({ isSeen }) => !isSeen)).toEqual([]);
    expect(met).toHaveLength(await page.evaluate<number>(FOCUSABLE));
    const order = met.map(({ index }) => index);
    expect(order).toEqual([...order].sort((a, b) => a - b));
  });

  test('mails can be read as well as pages', async () => {
    const { page } = visitors.nobody;
    await page.goto('/dev/mails');
    await page.locator('article a[href^="/dev/mails/"]').first().click();
    // A letter has no landmarks and headings to speak of.
    expect(
      await findWithAxe(
        page,
        RULES.filter((rule) => rule.startsWith('wcag')),
      ),
    ).toEqual([]);
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
  });

  test('the first key leads to the link that skips the navigation, and the link to the page itself', async () => {
    const { page } = visitors.ada;
    await page.goto('/account');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.closest("main") !== null')).toBe(true);
  });

  test('with forced colours buttons and cards keep an edge, and who moves nothing sees nothing move', async () => {
    const { page } = visitors.ada;
    await page.emulateMedia({ forcedColors: 'active', reducedMotion: 'reduce' });
    await page.goto('/account');
    for (const selector of ['.button', '.card', '.tag']) {
      expect([selector, await page.evaluate(edgeOf(selector))]).toEqual([selector, 'solid 1px 0s']);
    }
    await page.emulateMedia({ forcedColors: 'none' });
  });

  test.each(['#ffe600', '#0b3d91'])(
    'a colour of the operator such as %s keeps everything legible',
    async (color) => {
      const own = await startTestServer({ BRAND_NAME: 'Museum', BRAND_COLOR: color });
      const { page, complaints } = await openPage(browser, { baseURL: own.url, reducedMotion: 'reduce' });
      await page.context().addInitScript({ content: axe.source });
      await createPerson(own, 'ada');
      const found: string[] = [];
      const look = async (path: string) => {
        await page.goto(path);
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme });
          found.push(...(await findWithAxe(page)));
        }
      };
      for (const path of ['/', '/login', '/nothing']) await look(path);
      await signInOnPage(page, 'ada');
      for (const path of ['/', '/account', '/applications', '/applications/register']) await look(path);
      await own.stop();
      expect([...found, ...complaints]).toEqual([]);
    },
  );

  test('without JavaScript a person signs in, changes something, lets an application in and signs out', async () => {
    const { page, complaints } = await openPage(browser, { baseURL: server.url, javaScriptEnabled: false });
    await signInOnPage(page, 'grace');
    await page.goto('/account/edit');
    await page.getByText('More about you').click();
    await page.getByLabel('Town').fill('Arlington');
    await page.getByRole('button', { name: 'Save' }).click();
    expect(await page.getByRole('main').textContent()).toContain('Arlington');
    const website = await startWebsite();
    const app = await createApp(server, { redirectUris: [`${website.url}/callback`] });
    await page.goto(authorizeUrl(app, { scope: 'read' }));
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.getByRole('heading', { name: 'Welcome back' }).waitFor();
    await website.stop();
    await page.goto('/account');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.goto('/account');
    expect(new URL(page.url()).pathname).toBe('/login');
    expect(complaints).toEqual([]);
  });

  test('nothing was loaded from elsewhere, and nothing on the way was complained about', () => {
    const complaints = Object.values(visitors).flatMap((visitor) => visitor.complaints);
    expect(complaints).toEqual([]);
  });
});
