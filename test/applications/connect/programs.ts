/** What the snippets are run with: found where .ci/run puts it, and otherwise a reason to skip, which is printed. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe } from '@jest/globals';

const VARIABLE = 'LATCHKEY_TEST_CONNECT';

/** Its `node` has the packages of test/applications/connect/node, its `bin` oauth2-proxy, its `maven` what Spring needs. */
const FOLDER =
  process.env[VARIABLE] || join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'latchkey-connect');

export interface Program {
  name: string;
  /** Where it is; undefined: it is not here. */
  path: string | undefined;
  /** For whoever wants to have it. */
  source: string;
}

function find(name: string, source: string, places: string[]): Program {
  return { name, path: places.find((path) => existsSync(path)), source };
}

const everywhere = (command: string) =>
  [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'].map((folder) => join(folder, command));

/** The folder in which sites are put, so that they find the packages above them. */
export const nodePackages: Program = (() => {
  const folder = join(FOLDER, 'node');
  const isInstalled = existsSync(join(folder, 'node_modules', '@auth', 'express'));
  const source = `npm ci in a copy of test/applications/connect/node at ${folder}`;
  return { name: 'the JavaScript clients', path: isInstalled ? folder : undefined, source };
})();

export const oauth2Proxy = find('oauth2-proxy', `go install with GOBIN=${join(FOLDER, 'bin')}`, [
  join(FOLDER, 'bin', 'oauth2-proxy'),
  ...everywhere('oauth2-proxy'),
]);

export const nginx = find('nginx', 'apt-get install nginx', everywhere('nginx'));

export const apache = find('Apache with mod_auth_openidc', 'apt-get install libapache2-mod-auth-openidc', [
  ...(existsSync('/usr/lib/apache2/modules/mod_auth_openidc.so') ? everywhere('apache2') : []),
]);

/** Its repository, which holds everything a build needs: the tests ask no network. */
export const maven: Program & { repository: string } = (() => {
  const repository = join(FOLDER, 'maven');
  const isFilled = existsSync(join(repository, 'installed.xml'));
  const program = find('Maven, and what Spring Boot needs', 'test/applications/connect/spring/install.sh', [
    ...(isFilled && spawnSync('java', ['-version']).status === 0 ? everywhere('mvn') : []),
  ]);
  return { ...program, repository };
})();

/** Tests that need these programs; where one is missing they are skipped, and it is said why. */
export function describeWith(...programs: Program[]): typeof describe | typeof describe.skip {
  const missing = programs.filter(({ path }) => !path);
  for (const { name, source } of missing)
    process.stderr.write(`Skipping Connect snippets: no ${name} here (${source}).\n`);
  return missing.length ? describe.skip : describe;
}
