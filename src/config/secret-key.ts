import { randomBytes, randomUUID } from 'node:crypto';
import { link, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Config, ConfigError } from './config.js';
import { makeDataDir } from './data-dir.js';

async function makeKeyFile(file: string): Promise<void> {
  const unfinished = `${file}.${randomUUID()}`;
  await writeFile(unfinished, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flush: true });
  // Put in place whole, and never over one that another process has made at the same moment.
  await link(unfinished, file)
    .catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    })
    .finally(() => rm(unfinished));
}

/**
 * SECRET_KEY, or without one the key in DATA_DIR, made at the first start.
 * @param onWarning told in a sentence when others may read the file
 * @throws ConfigError when the file holds no key
 */
export async function readSecretKey(config: Config, onWarning: (line: string) => void): Promise<string> {
  if (config.secretKey) return config.secretKey;
  const file = join(config.dataDir, 'secret.key');
  await makeDataDir(config.dataDir);
  const exists = await stat(file).catch(() => undefined);
  if (!exists) await makeKeyFile(file);
  else if (exists.mode & 0o077) onWarning(`Others on this machine may read ${file}: chmod 600 ${file}`);
  const key = (await readFile(file, 'utf8')).trim();
  if (key.length < 32) throw new ConfigError([`${file} holds no key any more. Restore it from a backup.`]);
  return key;
}
