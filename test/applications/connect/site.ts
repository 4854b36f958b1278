/** A developer's site: the files of a Connect page, in a folder. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Page } from '../../support/browser.js';
import { snippetOn } from './snippets.js';

export interface Paste {
  secret?: string;
  /** The names of snippets, and where in the folder they go when it is not there. */
  files: string[] | Record<string, string>;
  /** What is not on the page, such as the rest of a project. */
  rest?: Record<string, string>;
  /** Ports of other programs, which the page knows by their usual numbers. */
  instead?: Record<string, string>;
}

export interface Folder {
  path: string;
  remove(): void;
}

/** @param within where the folder is made, so that packages are found above it */
export function paste(
  page: Page,
  { secret, files, rest = {}, instead = {} }: Paste,
  within = tmpdir(),
): Folder {
  const path = mkdtempSync(join(within, 'latchkey-site-'));
  const places = Array.isArray(files) ? Object.fromEntries(files.map((file) => [file, file])) : files;
  const pasted = Object.entries(places).map(([file, place]): [string, string] => {
    let text = snippetOn(page, file);
    if (secret) text = text.replaceAll('CLIENT_SECRET', secret);
    for (const [usual, other] of Object.entries(instead)) text = text.replaceAll(usual, other);
    return [place, text];
  });
  for (const [place, text] of [...Object.entries(rest), ...pasted]) {
    mkdirSync(dirname(join(path, place)), { recursive: true });
    writeFileSync(join(path, place), text);
  }
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
