/** Another version of the server, taken from the history of this repository and built in a folder of its own. */
import { type SpawnOptions, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { projectFolder } from '../../../src/project-folder.js';
import { Obstacle } from '../experiment.js';

export interface OtherVersion {
  commit: string;
  /** Its compiled main.ts. */
  main: string;
}

const ROOT = projectFolder('.');

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export async function runToEnd(
  program: string,
  args: string[],
  options: SpawnOptions = {},
  input = '',
): Promise<Ended> {
  const child = spawn(program, args, { ...options, stdio: ['pipe', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  // A program that ends without reading its input says why by its code.
  child.stdin?.on('error', () => {}).end(input);
  const code = await new Promise<number | null>((resolve, reject) =>
    child.on('error', reject).on('close', resolve),
  );
  return { code, ...output };
}

/** @returns undefined when git is not there or says no */
async function git(...args: string[]): Promise<string | undefined> {
  const ended = await runToEnd('git', ['-C', ROOT, ...args]).catch(() => undefined);
  return ended?.code === 0 ? ended.stdout.trim() : undefined;
}

/**
 * The last commit on the way to this one that had fewer migrations: what is in use before an upgrade.
 * @throws Obstacle where the history does not tell
 */
async function findVersionBefore(): Promise<string> {
  const newest = readdirSync(join(ROOT, 'migrations')).sort().at(-1)!;
  const commits = (await git('rev-list', '--first-parent', 'HEAD'))?.split('\n');
  if (!commits) throw new Obstacle('this is no git checkout, so there is no version to upgrade from');
  for (const commit of commits) {
    if ((await git('cat-file', '-e', `${commit}:migrations/${newest}`)) === undefined) return commit;
  }
  const isShallow = (await git('rev-parse', '--is-shallow-repository')) === 'true';
  throw new Obstacle(
    isShallow
      ? 'this clone is shallow and knows no older version (git fetch --unshallow)'
      : 'no older version has fewer migrations',
  );
}

async function unpack(commit: string, folder: string): Promise<void> {
  await mkdir(folder);
  const archive = join(folder, 'version.tar');
  const packed = await git('archive', '--format=tar', `--output=${archive}`, commit);
  if (packed === undefined) throw new Obstacle(`this repository does not hold all of ${commit}`);
  const { code, stderr } = await runToEnd('tar', ['-xf', archive, '-C', folder]);
  if (code !== 0) throw new Error(`tar: ${stderr}`);
}

/** Those of this checkout when the lock file is the same. */
async function install(folder: string, log: (line: string) => void): Promise<void> {
  const lockOf = (root: string) => readFileSync(join(root, 'package-lock.json'), 'utf8');
  if (lockOf(folder) === lockOf(ROOT))
    return symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  log('its packages differ from those of today: npm ci');
  const args = ['ci', '--no-audit', '--no-fund'];
  const { code, stderr } = await runToEnd('npm', args, { cwd: folder });
  if (code !== 0)
    throw new Obstacle(`the packages of the older version cannot be had: ${stderr.slice(-300)}`);
}

/**
 * @param commit the last version with fewer migrations by default
 * @param parent where its folder is made
 * @throws Obstacle where it cannot be had
 */
export async function buildOtherVersion(
  commit: string | undefined,
  parent: string,
  log: (line: string) => void,
): Promise<OtherVersion> {
  const found =
    (await git('rev-parse', '--verify', `${commit ?? (await findVersionBefore())}^{commit}`)) ?? '';
  if (!found) throw new Error(`This repository has no commit ${commit}.`);
  const folder = join(parent, 'other-version');
  await unpack(found, folder);
  await install(folder, log);
  // Beside what its packages may bring, the compiler of today knows the language of yesterday.
  const compiler = [folder, ROOT]
    .map((root) => join(root, 'node_modules', 'typescript', 'bin', 'tsc'))
    .find((path) => existsSync(path));
  const { code, stdout } = await runToEnd(process.execPath, [compiler ?? 'tsc'], { cwd: folder });
  if (code !== 0) throw new Error(`The version ${found} does not build:\n${stdout.slice(0, 1_000)}`);
  log(`built ${(await git('log', '-1', '--format=%h %cs %s', found)) ?? found}`);
  return { commit: found, main: join(folder, 'dist', 'src', 'main.js') };
}
