/** No engine runs here, so the files are read: what they copy and call exists, and what they must not do they do not. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { loadConfig } from '../src/config/config.js';
import { variables } from '../src/config/variables.js';
import { projectFolder } from '../src/project-folder.js';

const read = (name: string) => readFileSync(projectFolder(name), 'utf8');

interface Service {
  image?: string;
  build?: string;
  environment?: Record<string, string>;
  entrypoint?: string[];
  command?: string[];
  profiles?: string[];
  network_mode?: string;
  ports?: string[];
  volumes?: string[];
  depends_on?: Record<string, { condition: string }>;
  stop_grace_period?: string;
}

describe('the Dockerfile', () => {
  const instructions = read('Dockerfile')
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter(Boolean)
    .map((line) => /^(\w+)\s+(.*)$/.exec(line)!.slice(1) as [string, string]);
  const all = (name: string) =>
    instructions.filter(([instruction]) => instruction === name).map(([, rest]) => rest);

  test('builds in one stage and runs in another, without what building needs', () => {
    expect(all('FROM').length).toBeGreaterThan(1);
    expect(all('RUN').some((command) => command.includes('npm ci --omit=dev'))).toBe(true);
  });

  test('uses a Node.js that we support, of a long-term line', () => {
    const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
    const least = Number(/\d+/.exec(engines.node)![0]);
    for (const image of all('FROM')) {
      const major = Number(/^node:(\d+)-/.exec(image)![1]);
      expect([image, major >= least, major % 2]).toEqual([image, true, 0]);
    }
  });

  test('calls only scripts of package.json', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const called = all('RUN').flatMap((command) =>
      [...command.matchAll(/npm run (\S+)/g)].map(([, name]) => name!),
    );
    expect(called).toContain('build');
    for (const name of called) expect(scripts).toHaveProperty(name);
  });

  test('copies only what is there, and all that a server reads while it runs', () => {
    const sources = all('COPY')
      .filter((rest) => !rest.startsWith('--from'))
      .flatMap((rest) => rest.split(' ').slice(0, -1));
    for (const source of sources) expect([source, existsSync(projectFolder(source))]).toEqual([source, true]);
    const final = instructions
      .slice(instructions.map(([name]) => name).lastIndexOf('FROM'))
      .map((each) => each.join(' '))
      .join('\n');
    for (const needed of ['package.json', 'migrations', 'views', 'dist', 'node_modules'])
      expect(final).toContain(needed);
    const ignored = read('.dockerignore').split('\n');
    expect(ignored).toContain('*');
    for (const source of sources) expect(ignored).toContain(`!${source}`);
  });

  test('runs the server as somebody who is not root, so that signals reach it', () => {
    expect(all('USER')).toEqual(['node']);
    expect([JSON.parse(all('ENTRYPOINT')[0]!), JSON.parse(all('CMD')[0]!)]).toEqual([
      ['latchkey'],
      ['serve'],
    ]);
    const { bin } = JSON.parse(read('package.json')) as { bin: Record<string, string> };
    expect(all('RUN').some((command) => command.includes(`/app/${bin.latchkey}`))).toBe(true);
    expect(read('src/main.ts')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  test('holds no secret', () => {
    expect(all('ENV').concat(all('ARG')).join(' ')).not.toMatch(/SECRET|PASSWORD|DATABASE_URL/);
  });
});

describe('docker-compose.yml', () => {
  const { services, volumes } = parse(read('docker-compose.yml')) as {
    services: Record<string, Service>;
    volumes: Record<string, unknown>;
  };

  /** As compose fills in ${NAME:-default} and ${NAME:?why}. */
  function fillIn(text: string, environment: Record<string, string>): string {
    return text.replaceAll(/\$\{(\w+):([-?])([^}]*)\}/g, (_, name: string, kind: string, rest: string) => {
      const value = environment[name] ?? (kind === '-' ? rest : undefined);
      if (value === undefined) throw new Error(`${name}: ${rest}`);
      return value;
    });
  }

  const serverEnvironment = (environment: Record<string, string>) =>
    Object.fromEntries(
      Object.entries(services.server!.environment!).map(([name, value]) => [
        name,
        fillIn(value, environment),
      ]),
    );

  test('has the server, PostgreSQL and a mail catcher, each of a fixed version', () => {
    const always = Object.entries(services).filter(([, { profiles }]) => !profiles);
    expect(always.map(([name]) => name).sort()).toEqual(['database', 'mail', 'server']);
    expect(services.server?.build).toBe('.');
    for (const { image } of [services.database!, services.mail!, services.site!])
      expect(image).toMatch(/^[\w./-]+:v?\d/);
  });

  test('gives the server variables it has, and a configuration it takes', () => {
    for (const name of Object.keys(services.server!.environment!)) expect(variables).toHaveProperty(name);
    const config = loadConfig(serverEnvironment({ SECRET_KEY: 'x'.repeat(32) }));
    const database = new URL(config.databaseUrl!);
    expect(services).toHaveProperty(database.hostname);
    const given = Object.fromEntries(
      Object.entries(services.database!.environment!).map(([name, value]) => [name, fillIn(value, {})]),
    );
    expect([database.username, database.password, database.pathname]).toEqual([
      given.POSTGRES_USER,
      given.POSTGRES_PASSWORD,
      `/${given.POSTGRES_DB}`,
    ]);
  });

  test('with the profile demo registers a Django site and starts it, by scripts that are there', () => {
    const demo = Object.entries(services).filter(([, { profiles }]) => profiles);
    expect(demo.map(([name, { profiles }]) => [name, profiles])).toEqual([
      ['demo', ['demo']],
      ['site', ['demo']],
    ]);
    expect(services.demo!.environment).toEqual(services.server!.environment);
    const scripts = [services.demo!.entrypoint![1]!, services.site!.command![1]!];
    for (const script of scripts)
      expect([script, existsSync(projectFolder(script.slice(1)))]).toEqual([script, true]);
    for (const { volumes: mounted = [] } of [services.demo!, services.site!])
      for (const [source = ''] of mounted.map((volume) => volume.split(':')))
        expect([source, source === './examples' || source in volumes]).toEqual([source, true]);
  });

  test('knows the server by one name: the site finds it at the issuer, in the same network', () => {
    const { issuer } = loadConfig(serverEnvironment({ SECRET_KEY: 'x'.repeat(32) }));
    expect(services.site).toMatchObject({
      network_mode: 'service:server',
      environment: { LATCHKEY_URL: issuer },
    });
    const [, site] = /SITE_URL:-([^}]+)/.exec(read('examples/compose/register.sh'))!;
    expect(services.server!.ports).toContain(`127.0.0.1:${new URL(site!).port}:8001`);
  });

  test('refuses to start without a SECRET_KEY instead of choosing one', () => {
    expect(() => serverEnvironment({})).toThrow(/^SECRET_KEY: /);
  });

  test('keeps the data in a volume, waits for the database, and gives the server time to finish', () => {
    const [volume] = services.database!.volumes![0]!.split(':');
    expect(volumes).toHaveProperty(volume!);
    expect(services.server!.depends_on).toEqual({ database: { condition: 'service_healthy' } });
    expect(Number.parseInt(services.server!.stop_grace_period!, 10)).toBeGreaterThan(
      loadConfig({}).shutdownTimeout,
    );
  });

  test('opens ports to this machine alone, and the database to nobody', () => {
    const ports = Object.values(services).flatMap((service) => service.ports ?? []);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
    expect(services.database!.ports).toBeUndefined();
  });
});
