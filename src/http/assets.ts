/**
 * The stylesheet, pictures and scripts of the pages, at /assets/<name>. All of views/assets is read once at boot and a request
 * is a look-up in that map, so no path of a request ever reaches the file system. Pages ask for /assets/<name>?v=<hash of
 * the content>, which may be kept for ever; any other query is answered too (another node of a rolling update may be a
 * version ahead), but must be asked for again.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import type { Middleware } from 'koa';
import { commonPasswords } from '../accounts/common-passwords.js';
import { projectFolder } from '../project-folder.js';

const TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
};
const ONE_YEAR = 31_536_000;

/** As the packages bring them for pages without a build, by the names they have here. Paths are from the package's main file. */
const SCRIPTS_OF_PACKAGES = [
  {
    name: 'simplewebauthn-browser.js',
    package: '@simplewebauthn/browser',
    path: '../dist/bundle/index.umd.min.js',
  },
  { name: 'zxcvbn.js', package: '@zxcvbn-ts/core', path: 'zxcvbn-ts.js' },
  { name: 'zxcvbn-words.js', package: '@zxcvbn-ts/language-common', path: 'zxcvbn-ts.js' },
];

/** So that a page calls weak whatever the server refuses as common. */
const COMMON_PASSWORDS_SCRIPT = `window.commonPasswords = ${JSON.stringify([...commonPasswords])};\n`;

interface Asset {
  content: Buffer;
  type: string;
  hash: string;
}

export type Assets = ReadonlyMap<string, Asset>;

/** @throws when a file of views/assets has a type we do not serve */
export async function loadAssets(): Promise<Assets> {
  const folder = projectFolder('views/assets');
  const files = (await readdir(folder)).map((name) => [name, join(folder, name)] as const);
  const { resolve } = createRequire(import.meta.url);
  const scripts = SCRIPTS_OF_PACKAGES.map(
    ({ name, package: owner, path }) => [name, join(dirname(resolve(owner)), path)] as const,
  );
  const assets = new Map<string, Asset>();
  const add = (name: string, content: Buffer) => {
    const type = TYPES[extname(name)];
    if (!type) throw new Error(`views/assets/${name} has no content type in src/http/assets.ts`);
    const hash = createHash('sha256').update(content).digest('hex').slice(0, 16);
    assets.set(name, { content, type, hash });
  };
  for (const [name, file] of [...files, ...scripts]) add(name, await readFile(file));
  add('common-passwords.js', Buffer.from(COMMON_PASSWORDS_SCRIPT));
  return assets;
}

/** @throws when there is no such file, so that a page with a wrong name fails its first test */
export function assetUrl(assets: Assets, name: string): string {
  const asset = assets.get(name);
  if (!asset) throw new Error(`There is no views/assets/${name}`);
  return `/assets/${name}?v=${asset.hash}`;
}

export function serveAssets(assets: Assets): Middleware {
  return async (ctx, next) => {
    const asset = ctx.path.startsWith('/assets/') ? assets.get(ctx.path.slice('/assets/'.length)) : undefined;
    if (!asset || !['GET', 'HEAD'].includes(ctx.method)) return next();
    ctx.status = 200;
    ctx.type = asset.type;
    ctx.etag = asset.hash;
    const isCurrent = ctx.query.v === asset.hash;
    ctx.set('Cache-Control', isCurrent ? `public, max-age=${ONE_YEAR}, immutable` : 'public, no-cache');
    if (ctx.fresh) ctx.status = 304;
    else ctx.body = asset.content;
  };
}
