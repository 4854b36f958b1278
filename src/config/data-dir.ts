import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Makes DATA_DIR unless it is there. Nobody else may look into it; but root's embedded PostgreSQL runs as another user
 * and has to pass through, so what root puts inside is closed file by file.
 */
export async function makeDataDir(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
  // It holds the secret key; wherever it is put in a clone, git must pass it over.
  await writeFile(join(path, '.gitignore'), '*\n', { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}
