/** PostgreSQL's own programs beside the server, such as pg_dump, and the commands of our documentation that use them. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { findPrograms, type Programs } from '../../../src/database/embedded-programs.js';
import { projectFolder } from '../../../src/project-folder.js';

const WANTED = ['initdb', 'pg_ctl', 'postgres', 'pg_dump', 'pg_restore', 'pg_basebackup'];

// Where the packages of Debian, Red Hat, Homebrew and postgresql.org put them.
const PARENTS = ['/usr/lib/postgresql', '/usr/pgsql', '/opt/homebrew/opt', '/Library/PostgreSQL'];
const OLDEST = 14;

function foldersIn(parent: string): string[] {
  return existsSync(parent) ? readdirSync(parent).map((name) => join(parent, name)) : [];
}

/** A server with all its programs, of one version, the newest there is; npm brings the server alone. */
export async function findServerTools(): Promise<Programs | undefined> {
  const { user } = await findPrograms();
  const onPath = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, '..'));
  const complete = [...PARENTS.flatMap(foldersIn), ...onPath]
    .filter((folder) => WANTED.every((name) => existsSync(join(folder, 'bin', name))))
    .map((folder) => ({ folder, majorVersion: /(\d+)$/.exec(folder)?.[1] ?? '', user }))
    .filter(({ majorVersion }) => Number(majorVersion) >= OLDEST)
    .sort((a, b) => Number(b.majorVersion) - Number(a.majorVersion));
  return complete[0];
}

/** The block of docs/backup.md below `<!-- run: NAME -->`. */
export function readDocumented(name: string): string {
  const page = readFileSync(projectFolder('docs/backup.md'), 'utf8');
  const block = new RegExp(`<!-- run: ${name} -->\\n\`\`\`\\w+\\n([^]*?)\`\`\``).exec(page)?.[1];
  if (!block) throw new Error(`docs/backup.md has no block "run: ${name}".`);
  return block;
}

/**
 * Runs such a block in a shell, as the user PostgreSQL runs as.
 * @returns the seconds it took
 * @throws Error with what it said when it fails
 */
export async function runDocumented(
  programs: Programs,
  name: string,
  environment: Record<string, string>,
): Promise<number> {
  const PATH = [join(programs.folder, 'bin'), process.env.PATH ?? ''].join(delimiter);
  const begun = performance.now();
  const child = spawn('sh', ['-euc', readDocumented(name)], {
    ...(programs.user ?? {}),
    cwd: '/',
    env: { PATH, LC_ALL: 'C', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code !== 0) throw new Error(`"${name}" of docs/backup.md fails:\n${output}`);
  return (performance.now() - begun) / 1_000;
}
