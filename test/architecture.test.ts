/** The rules that hold the code together, read from the sources: each test is one rule. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { projectFolder } from '../src/project-folder.js';

const root = projectFolder('.');

interface Source {
  path: string;
  text: string;
  lines: string[];
}

function read(folder: string, extension: RegExp): Source[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => extension.test(name))
    .map((name) => {
      const path = join(folder, name);
      const text = readFileSync(join(root, path), 'utf8');
      return { path, text, lines: text.split('\n') };
    });
}

const sources = read('src', /\.ts$/);
const tests = read('test', /\.ts$/);
/** Without the programs of others, which these hold as text. */
const ownCode = sources.filter(({ path }) => !path.startsWith('src/applications/connect/stacks/'));

const folderOf = (path: string) => path.split('/')[1]!;

/** 'path:line: text' of every line that matches, for a failure that says where to look. */
function linesWith(pattern: RegExp, files = sources): string[] {
  return files.flatMap(({ path, lines }) =>
    lines.flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
  );
}

const pathsOf = (found: string[]) => [...new Set(found.map((line) => line.split(':', 1)[0]!))];

interface Import {
  from: string;
  /** A path below the project, or the name of a package. */
  to: string;
  isOnlyTypes: boolean;
  names: string[];
}

const IMPORT = /^(?:import|export)\s+(type\s+)?([^;'"]*?)\s*from\s+'([^']+)'/gm;

const imports: Import[] = sources.flatMap(({ path, text }) =>
  [...text.matchAll(IMPORT)].map(([, onlyTypes, clause = '', target = '']) => {
    const named = (/\{([^}]*)\}/.exec(clause)?.[1] ?? '')
      .split(',')
      .map((name) => name.trim())
      .filter(Boolean);
    const others = clause
      .replace(/\{[^}]*\}/, '')
      .replaceAll(',', ' ')
      .trim()
      .split(/\s+/)
      .filter(Boolean);
    const names = [...others, ...named.filter((name) => !name.startsWith('type '))];
    const to = target.startsWith('.')
      ? normalize(join(dirname(path), target)).replace(/\.js$/, '.ts')
      : target;
    return {
      from: path,
      to,
      isOnlyTypes: Boolean(onlyTypes) || (clause !== '' && names.length === 0),
      names,
    };
  }),
);

test('the sources and their imports were found', () => {
  expect(sources.length).toBeGreaterThan(80);
  expect(imports.length).toBeGreaterThan(300);
});

describe('what a file may reach for', () => {
  test('the environment: src/main.ts hands it to the configuration, and a child process gets its PATH', () => {
    expect(pathsOf(linesWith(/process\.env/)).sort()).toEqual([
      'src/database/embedded-programs.ts',
      'src/main.ts',
    ]);
  });

  test('the database drivers: src/database opens connections, the rest uses what it is given', () => {
    const values = imports.filter(({ to, isOnlyTypes }) => ['knex', 'pg'].includes(to) && !isOnlyTypes);
    expect([...new Set(values.map(({ from }) => folderOf(from)))]).toEqual(['database']);
  });

  test('the engine: src/engine owns it; the grants and the scopes throw its errors, and nobody else knows more than its types', () => {
    const values = imports.filter(({ to, isOnlyTypes }) => to === 'oidc-provider' && !isOnlyTypes);
    for (const { from, names } of values.filter((each) => folderOf(each.from) !== 'engine')) {
      expect([from, ['grants', 'scopes'].includes(folderOf(from)), names]).toEqual([from, true, ['errors']]);
    }
    expect(imports.filter(({ to }) => to.startsWith('oidc-provider/'))).toEqual([]);
  });

  test('the routes of a feature: src/app.ts mounts them, and nobody else imports them (src/serve.ts serves health alone before)', () => {
    const routes = imports.filter(({ to, isOnlyTypes }) => /routes\.ts$/.test(to) && !isOnlyTypes);
    expect(routes.length).toBeGreaterThan(5);
    const elsewhere = routes.filter(
      ({ from, to }) => from !== 'src/app.ts' && !(from === 'src/serve.ts' && to === 'src/health/routes.ts'),
    );
    expect(elsewhere.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  test('the command line: nothing imports it but src/main.ts', () => {
    const users = imports.filter(({ from, to }) => to.startsWith('src/cli/') && !from.startsWith('src/cli/'));
    expect([...new Set(users.map(({ from }) => from))]).toEqual(['src/main.ts']);
  });
});

test('no file imports itself by way of others', () => {
  const graph = new Map(sources.map(({ path }): [string, string[]] => [path, []]));
  for (const { from, to, isOnlyTypes } of imports)
    if (!isOnlyTypes && graph.has(to)) graph.get(from)!.push(to);
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) cycles.push([...trail.slice(start), path].join(' -> '));
    if (start >= 0 || done.has(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  expect(cycles).toEqual([]);
});

describe('a table', () => {
  const OWNERS: Record<string, string> = {
    accounts: 'accounts',
    groups: 'accounts',
    group_members: 'accounts',
    one_time_links: 'accounts',
    invitations: 'accounts',
    email_changes: 'accounts',
    totp_seeds: 'accounts',
    recovery_codes: 'accounts',
    remembered_browsers: 'accounts',
    pending_sign_ins: 'accounts',
    personal_tokens: 'accounts',
    account_deletions: 'accounts',
    retired_usernames: 'accounts',
    passkeys: 'accounts',
    passkey_handles: 'accounts',
    passkey_challenges: 'accounts',
    applications: 'applications',
    client_secrets: 'applications',
    refused_requests: 'applications',
    retired_secrets: 'applications',
    teams: 'applications',
    team_members: 'applications',
    team_invitations: 'applications',
    team_applications: 'applications',
    application_holds: 'applications',
    application_tokens: 'applications',
    preview_patterns: 'applications',
    preview_redirect_uris: 'applications',
    application_counters: 'applications',
    sign_in_steps: 'applications',
    application_looks: 'branding',
    grants: 'tokens',
    authorization_codes: 'tokens',
    access_tokens: 'tokens',
    refresh_tokens: 'tokens',
    device_codes: 'tokens',
    heartbeat: 'tokens',
    outages: 'tokens',
    sessions: 'engine',
    impersonations: 'engine',
    interactions: 'engine',
    signing_keys: 'engine',
    consents: 'authorization',
    throttles: 'throttle',
    audit_events: 'audit',
    imported_records: 'moving-in',
    outgoing_mails: 'mail',
  };
  const migrations = read('migrations', /./);

  test('belongs to a feature', () => {
    const created = migrations.flatMap(({ text }) =>
      [...text.matchAll(/^CREATE TABLE (\w+)/gm)].map(([, name]) => name!),
    );
    expect(created.sort()).toEqual(Object.keys(OWNERS).sort());
  });

  test.each(Object.entries(OWNERS))('%s is only written in src/%s', (table, owner) => {
    const builder = String.raw`\b(knex|db|transaction)\('${table}'\)|\.(from|into)\('${table}'\)`;
    const found = linesWith(new RegExp(`${builder}|\\b(INSERT INTO|UPDATE|DELETE FROM) ${table}\\b`));
    expect(found.length).toBeGreaterThan(0);
    expect(found.filter((line) => folderOf(line) !== owner)).toEqual([]);
  });

  test('is made and changed by plain SQL, in files that are numbered without a gap', () => {
    expect(migrations.map(({ path }) => path.slice('migrations/'.length, -4)).sort()).toEqual(
      migrations.map((_, index) =>
        expect.stringMatching(new RegExp(`^${String(index + 1).padStart(4, '0')}_[a-z_]+(_needs_\\d{4})?$`)),
      ),
    );
    for (const { path, text } of migrations) {
      expect([path, path.endsWith('.sql'), /^\\|\$\{|^(BEGIN|COMMIT);/m.test(text)]).toEqual([
        path,
        true,
        false,
      ]);
    }
  });

  test("never takes the database's clock, which the tests cannot move and which may differ from ours", () => {
    // The doctor and the sweep compare the two clocks; that is their business.
    const found = linesWith(/(?<![.\w])now\(\)|\bCURRENT_TIMESTAMP\b|\bclock_timestamp\(\)|\bfn\.now\b/i, [
      ...sources,
      ...migrations,
    ]);
    expect(pathsOf(found.filter((line) => !/: (\/\/|\*|--)/.test(line)))).toEqual(['src/database/clock.ts']);
  });
});

describe('a file', () => {
  test('has at most 350 lines', () => {
    expect(
      [...sources, ...tests]
        .filter(({ lines }) => lines.length > 350)
        .map(({ path, lines }) => `${path}: ${lines.length}`),
    ).toEqual([]);
  });

  test('is named in kebab-case, for what it does', () => {
    const names = [...sources, ...tests].map(({ path }) => path.split('/').at(-1)!);
    expect(names.filter((name) => !/^[a-z0-9]+([-.][a-z0-9]+)*\.ts$/.test(name))).toEqual([]);
    const drawers = [...sources, ...tests].filter(({ path }) =>
      /\b(utils?|helpers?|common|misc|shared|manager|service)(\/|\.ts)/.test(path),
    );
    expect(drawers.map(({ path }) => path)).toEqual([]);
  });

  test('exports by name', () => {
    expect(linesWith(/^export default/, ownCode)).toEqual([]);
  });

  test('of routes says first what it does and which URLs it has', () => {
    for (const { path, text } of sources.filter((source) => /routes\.ts$/.test(source.path))) {
      const header = /^\/\*\*([\s\S]*?)\*\//.exec(text)?.[1] ?? '';
      expect([path, /(URLs?: )?\/[a-z]/.test(header) && header.length > 120]).toEqual([path, true]);
    }
  });
});

describe('the compiler and the linter', () => {
  test('are told to look away only with a reason', () => {
    const found = linesWith(/biome-ignore|@ts-|eslint-/, [...sources, ...tests]).filter(
      (line) => !line.startsWith('test/architecture'),
    );
    for (const line of found) expect(line).toMatch(/biome-ignore lint\/\S+: (\S+ ){3,}\S+/);
  });

  test('see no any', () => {
    expect(linesWith(/(:|<|\bas) any\b/)).toEqual([]);
  });
});

describe('secrets (DA-12)', () => {
  test('are made by node:crypto, never by Math.random', () => {
    expect(linesWith(/Math\.random/)).toEqual([]);
  });

  // Both sides of these come from the same request, or are no secrets.
  const HARMLESS = ['src/engine/token-endpoint-body.ts', 'src/http/assets.ts'];

  test('are compared by timingSafeEqual or by the database, never by ===', () => {
    const operand = String.raw`[\w.?]*(secret|hash|hmac|csrfToken|digest|signature)\b`;
    const other = String.raw`(?!undefined|null|''|0\b)`;
    const found = linesWith(new RegExp(`\\b${operand} [!=]==? ${other}|[!=]==? ${operand}\\b(?!\\()`, 'i'));
    expect(pathsOf(found).filter((path) => !HARMLESS.includes(path))).toEqual([]);
    expect(pathsOf(linesWith(/timingSafeEqual\(/)).length).toBeGreaterThan(1);
  });

  test('never meet loose comparison: there is none', () => {
    expect(linesWith(/[^=!<>]==[^=]|!=[^=]/).filter((line) => !/['"`/]|: \*/.test(line))).toEqual([]);
  });

  test('are not printed: only the command line writes to the terminal', () => {
    // The one that silences warnings of the engine which do not concern us.
    expect(pathsOf(linesWith(/\bconsole\./, ownCode))).toEqual(['src/engine/known-warnings.ts']);
    const writers = pathsOf(linesWith(/process\.(stdout|stderr)\b/)).filter(
      (path) => folderOf(path) !== 'cli',
    );
    expect(writers).toEqual([]);
  });
});
