import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ConfigError } from './config.js';

/** As mkdir's `recursive`, which on Node.js 20 never ends in a folder that takes none, such as /proc. */
async function makeFolder(path: string, mode: number): Promise<void> {
  if ((await stat(path).catch(() => undefined))?.isDirectory()) return;
  if (dirname(path) !== path) await makeFolder(dirname(path), mode);
  await mkdir(path, { mode }).catch((error: NodeJS.ErrnoException) => {
    // Another process was faster, or a file is in the way: writing into it tells.
    if (error.code !== 'EEXIST') throw error;
  });
}

/**
 * Makes DATA_DIR unless it is there. Nobody else may look into it; but root's embedded PostgreSQL runs as another user
 * and has to pass through, so what root puts inside is closed file by file.
 * @throws ConfigError when it cannot be written
 */
export async function makeDataDir(path: string): Promise<void> {
  try {
    await makeFolder(path, process.getuid?.() === 0 ? 0o711 : 0o700);
    // It holds the secret key; wherever it is put in a clone, git must pass it over.
    await writeFile(join(path, '.gitignore'), '*\n', { flag: 'wx' });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'EEXIST')
      throw new ConfigError([`DATA_DIR must be a folder that can be written: ${message}.`]);
  }
}
