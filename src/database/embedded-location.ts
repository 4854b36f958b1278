/**
 * Where the embedded database lives and how to get in: DATA_DIR/embedded-postgres.json, written once.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, link, mkdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { makeDataDir } from '../config/data-dir.js';
import {
  canReach,
  EmbeddedDatabaseError,
  type Programs,
  type ProgramUser,
  SYSTEM_FOLDER,
} from './embedded-programs.js';

export interface Location {
  /** Holds the data and the log; relative to DATA_DIR as long as it is inside, so that the folder can be moved. */
  folder: string;
  password: string;
  /** The port it had last; it keeps it while nobody else takes it. */
  port?: number;
}

const FILE = 'embedded-postgres.json';
const FOLDER = 'postgres';

async function writePrivately(
  file: string,
  text: string,
  place: (from: string, to: string) => Promise<void>,
) {
  const unfinished = `${file}.${randomUUID()}`;
  await writeFile(unfinished, text, { mode: 0o600, flush: true });
  try {
    await place(unfinished, file);
  } finally {
    await rm(unfinished, { force: true });
  }
}

const print = (location: Location): string => `${JSON.stringify(location, null, 2)}\n`;

/** Root's PostgreSQL runs as somebody else, who may not be able to enter the data folder. */
async function chooseFolder(dataDir: string, user: ProgramUser | undefined): Promise<string> {
  const path = await realpath(dataDir);
  if (!user || (await canReach(user, path))) return FOLDER;
  return join(SYSTEM_FOLDER, createHash('sha256').update(path).digest('hex').slice(0, 16));
}

/**
 * Reads the location, or chooses one. Two processes that do so at once agree: the file is put in place by a link,
 * which fails for the second, who then reads what the first has written.
 */
export async function findLocation(dataDir: string, programs: Programs): Promise<Location> {
  await makeDataDir(dataDir);
  const file = join(dataDir, FILE);
  if (!existsSync(file)) {
    const folder = await chooseFolder(dataDir, programs.user);
    if (existsSync(join(dataDir, FOLDER, 'data'))) {
      throw new EmbeddedDatabaseError(
        `${dataDir} holds a database, but ${FILE} with its password is missing there.`,
      );
    }
    const location: Location = { folder, password: randomBytes(24).toString('base64url') };
    await writePrivately(file, print(location), link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
  return JSON.parse(await readFile(file, 'utf8')) as Location;
}

export async function rememberPort(dataDir: string, location: Location, port: number): Promise<void> {
  if (location.port === port) return;
  await writePrivately(join(dataDir, FILE), print({ ...location, port }), rename);
}

/**
 * The folder itself, made if need be, and the user it belongs to: whoever made the data first goes on running them.
 * @throws EmbeddedDatabaseError when that user cannot reach it
 */
export async function openFolder(
  dataDir: string,
  location: Location,
  programs: Programs,
): Promise<{ folder: string; user: ProgramUser | undefined }> {
  const folder = resolve(dataDir, location.folder);
  if (!existsSync(folder)) {
    await mkdir(resolve(folder, '..'), { recursive: true, mode: 0o755 });
    await mkdir(folder, { recursive: true, mode: 0o700 });
    if (programs.user) await chown(folder, programs.user.uid, programs.user.gid);
  }
  if (!programs.user) return { folder, user: undefined };
  const { uid, gid } = await stat(folder);
  const user = uid === 0 ? programs.user : { uid, gid };
  if (uid === 0) await chown(folder, user.uid, user.gid);
  if (!(await canReach(user, folder))) {
    throw new EmbeddedDatabaseError(
      `${folder} belongs to the user with id ${user.uid}, who cannot reach it: every folder above it needs to be passable (chmod o+x).`,
    );
  }
  return { folder, user };
}
