import { mkdir } from 'node:fs/promises';

/**
 * Makes DATA_DIR unless it is there. Nobody else may look into it; but root's embedded PostgreSQL runs as another user
 * and has to pass through, so what root puts inside is closed file by file.
 */
export async function makeDataDir(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
}
