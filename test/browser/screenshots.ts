/**
 * `npm run screenshots`: a picture of every page in light and dark, wide and on a small phone, to be looked at. They go
 * into the folder screenshots/, or the one named: `npm run screenshots -- --folder /tmp/pages`. Names of stops (or
 * parts of them) limit it to these: `npm run screenshots -- consent sign-in`. The others are gone to all the same, since
 * stops build on earlier ones.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { projectFolder } from '../../src/project-folder.js';
import { makeTemplate } from '../support/database.js';
import { startTestServer } from '../support/server.js';
import { startTestPostgres, stopTestPostgres } from '../support/test-postgres.js';
import { hasChromium, launchChromium, WHERE_CHROMIUM_IS_LOOKED_FOR } from './headless.js';
import { stops, visit } from './tour/stops.js';
import { createWorld, openVisitors } from './tour/world.js';

const WINDOWS = { wide: { width: 1280, height: 800 }, phone: { width: 320, height: 640 } };

const { values, positionals } = parseArgs({
  options: { folder: { type: 'string', default: projectFolder('screenshots') } },
  allowPositionals: true,
});
const isWanted = (name: string) => !positionals.length || positionals.some((part) => name.includes(part));

async function takePictures(folder: string): Promise<void> {
  const [server, browser] = await Promise.all([startTestServer(), launchChromium()]);
  try {
    const world = await createWorld(server);
    const visitors = await openVisitors(browser, world, { reducedMotion: 'reduce' });
    for (const stop of stops) {
      const page = await visit(stop, visitors, world);
      if (!isWanted(stop.name)) continue;
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        for (const [name, size] of Object.entries(WINDOWS)) {
          await page.setViewportSize(size);
          const path = join(folder, `${stop.name}-${colorScheme}-${name}.png`);
          await page.screenshot({ path, fullPage: true });
        }
      }
    }
  } finally {
    await browser.close();
    await server.stop();
  }
}

if (!hasChromium) {
  process.stderr.write(`There is no Chromium ${WHERE_CHROMIUM_IS_LOOKED_FOR}.\n`);
  process.exit(1);
}
await rm(values.folder, { recursive: true, force: true });
await mkdir(values.folder, { recursive: true });
await makeTemplate(await startTestPostgres());
try {
  await takePictures(values.folder);
  process.stdout.write(
    `${stops.filter(({ name }) => isWanted(name)).length * 4} pictures in ${values.folder}\n`,
  );
} finally {
  await stopTestPostgres();
}
