/** The tests in a browser, which are skipped, and say so, where there is none. */
import { describe } from '@jest/globals';
import { hasChromium, WHERE_CHROMIUM_IS_LOOKED_FOR } from './headless.js';

export { launchChromium, openPage, type WatchedPage } from './headless.js';

if (!hasChromium) {
  process.stderr.write(`Skipping the tests in a browser: no Chromium ${WHERE_CHROMIUM_IS_LOOKED_FOR}.\n`);
}

export const describeInChromium = hasChromium ? describe : describe.skip;
