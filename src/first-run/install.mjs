import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { runCommand } from './run-command.mjs';

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/**
 * Whether node_modules holds what package-lock.json asks for. npm leaves a lock of its own in node_modules when an
 * install has succeeded, and only then, so an interrupted one is noticed. Packages for other platforms are optional.
 */
export function isInstalled(root, { withDevelopment }) {
  const wanted = readPackages(join(root, 'package-lock.json'));
  const present = readPackages(join(root, 'node_modules', '.package-lock.json'));
  // An installed npm package has no lock file beside it: npm itself has put its dependencies where they are found.
  if (!wanted) return true;
  if (!present) return false;
  return Object.entries(wanted).every(([path, { version, optional, devOptional, dev }]) => {
    if (path === '' || (dev && !withDevelopment)) return true;
    if (!present[path]) return Boolean(optional || devOptional);
    return present[path].version === version;
  });
}

/** The npm that started us, or else the one on the PATH. */
function npmCommand() {
  const path = process.env.npm_execpath;
  return path && basename(path).startsWith('npm') ? [process.execPath, path] : ['npm'];
}

/** @throws Error with a sentence when npm fails; npm has said why by then. */
export async function install(root) {
  const [command, ...args] = npmCommand();
  // --include=dev: a NODE_ENV of production would leave out the compiler. --loglevel: `npm run -s` is inherited.
  const options = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  // npm's own output goes to stderr, so that `latchkey ... --json` prints nothing but JSON on stdout.
  const code = await runCommand(command, [...args, ...options], { cwd: root, stdio: ['ignore', 2, 2] });
  if (code !== 0) {
    throw new Error(
      'The packages could not be installed: npm says why above. The first start needs the network.',
    );
  }
}
