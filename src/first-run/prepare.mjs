/**
 * What stands between a fresh clone and a program that runs: packages and the build. Plain JavaScript without
 * dependencies, since it runs before there are any. When nothing is to be done it takes some 20 ms.
 */
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, isBuilt } from './build.mjs';
import { install, isInstalled } from './install.mjs';
import { withLock } from './lock.mjs';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const say = (line) => process.stderr.write(`${line}\n`);

async function installAndBuild({ forTests }) {
  if (!isInstalled(root, { withDevelopment: forTests || !isBuilt(root) })) {
    say('Installing packages (on the first start, and when they have changed)...');
    await install(root);
  }
  if (!isBuilt(root)) {
    say('Building...');
    await build(root);
  }
}

/** Ends the process with one sentence when that fails. */
export async function prepare({ forTests = false } = {}) {
  if (isBuilt(root) && isInstalled(root, { withDevelopment: forTests })) return;
  try {
    mkdirSync(join(root, 'dist'), { recursive: true });
    await withLock(
      join(root, 'dist', '.first-run.lock'),
      () => installAndBuild({ forTests }),
      () => say('Another start is installing or building; waiting for it...'),
    );
  } catch (error) {
    say(error.message);
    process.exit(1);
  }
}
