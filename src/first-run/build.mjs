import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from './run-command.mjs';

const FOLDERS = ['src', 'test', 'bench'];

function listFiles(root, folder, extension) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true })
    .filter((path) => path.endsWith(extension))
    .map((path) => join(folder, path))
    .sort();
}

// The compiler copies the JSON that is imported.
const listSources = (root) =>
  FOLDERS.flatMap((folder) => ['.ts', '.json'].flatMap((extension) => listFiles(root, folder, extension)));

const fingerprintFile = (root) => join(root, 'dist', '.fingerprint');

/** Sizes and times of all sources: a few milliseconds, where reading them all would take a noticeable moment. */
function fingerprint(root, sources) {
  const hash = createHash('sha256');
  for (const path of [...sources, 'tsconfig.json']) {
    const { size, mtimeMs } = statSync(join(root, path));
    hash.update(`${path} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

/** Whether dist was made from the sources as they are. An image without sources has nothing to build. */
export function isBuilt(root) {
  const sources = listSources(root);
  if (sources.length === 0) return true;
  const main = statSync(join(root, 'dist', 'src', 'main.js'), { throwIfNoEntry: false });
  if (!main) return false;
  if (existsSync(fingerprintFile(root))) {
    return readFileSync(fingerprintFile(root), 'utf8') === fingerprint(root, sources);
  }
  // Built by hand with `npm run build`.
  return sources.every((path) => statSync(join(root, path)).mtimeMs <= main.mtimeMs);
}

/** What was compiled from a source that is gone; a deleted test would go on running. */
function removeOrphans(root, sources) {
  const wanted = new Set(sources.map((path) => path.replace(/\.ts$/, '.js')));
  for (const path of FOLDERS.flatMap((folder) => listFiles(join(root, 'dist'), folder, '.js'))) {
    if (!wanted.has(path)) rmSync(join(root, 'dist', path));
  }
}

/** @throws Error with a sentence when the compiler finds a mistake; it has named it by then. */
export async function build(root) {
  const sources = listSources(root);
  const made = fingerprint(root, sources);
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const code = await runCommand(process.execPath, [compiler], { cwd: root, stdio: ['ignore', 2, 2] });
  if (code !== 0) throw new Error('The sources do not compile: the compiler says why above.');
  removeOrphans(root, sources);
  writeFileSync(fingerprintFile(root), made);
}
