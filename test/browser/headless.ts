/** A headless Chromium, and pages that remember everything the browser complained about. */
import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';

const VARIABLE = 'LATCHKEY_TEST_CHROMIUM';
const USUAL_PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

// It is to talk with our servers alone, and to run as root.
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

function findChromium(): string | undefined {
  const named = process.env[VARIABLE];
  if (named && !existsSync(named)) throw new Error(`${VARIABLE} is ${named}, where no program is`);
  return named || USUAL_PLACES.find((path) => existsSync(path));
}

const executablePath = findChromium();

export const hasChromium = executablePath !== undefined;

export const WHERE_CHROMIUM_IS_LOOKED_FOR = `at ${USUAL_PLACES.join(', ')} or in ${VARIABLE}`;

export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: executablePath ?? '', args: ARGUMENTS });
}

export interface WatchedPage {
  page: Page;
  /** Console errors and warnings (a violated CSP is one), exceptions, dialogs, and what a page failed to load. */
  complaints: string[];
}

type ContextOptions = Parameters<Browser['newContext']>[0];

/** A page in a profile of its own, with no cookies yet. */
export async function openPage(browser: Browser, options: ContextOptions = {}): Promise<WatchedPage> {
  const context = await browser.newContext(options);
  const complaints: string[] = [];
  context.on('page', (page) => {
    page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`));
    page.on('dialog', (dialog) => {
      complaints.push(`dialog: ${dialog.message()}`);
      dialog.dismiss().catch(() => {});
    });
  });
  context.on('console', (message) => {
    // Said of every page with an error status as well, so it is taken from the responses below.
    if (message.text().startsWith('Failed to load resource')) return;
    if (['error', 'warning'].includes(message.type()))
      complaints.push(`${message.type()}: ${message.text()}`);
  });
  context.on('response', (response) => {
    const isPage = response.request().isNavigationRequest();
    if (!isPage && response.status() >= 400) complaints.push(`${response.status()} for ${response.url()}`);
  });
  return { page: await context.newPage(), complaints };
}
