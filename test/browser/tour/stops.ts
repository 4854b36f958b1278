/**
 * A tour of every page there is, in each of the states in which people meet it. A page that no stop shows fails
 * accessibility.test.ts; `npm run screenshots` takes its pictures here, too.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { projectFolder } from '../../../src/project-folder.js';
import { accountStops } from './account-stops.js';
import { administrationStops } from './administration-stops.js';
import { applicationStops } from './application-stops.js';
import { factorStops } from './factor-stops.js';
import { leavingStops } from './leaving-stops.js';
import { mailStops } from './mail-stops.js';
import { passkeyStops } from './passkey-stops.js';
import { problemStops } from './problem-stops.js';
import { securityStops } from './security-stops.js';
import { signInStops } from './sign-in-stops.js';
import { teamStops } from './team-stops.js';
import { makeRootSuperuser, type Visitor, type Visitors, type World } from './world.js';

export interface Stop {
  /** Of the picture as well: kebab-case. */
  name: string;
  /** What is seen there, as below views/ without .ejs. */
  view: string;
  visitor: Visitor;
  open(page: Page, world: World): Promise<unknown>;
}

/** In this order: some of a person's stops build on earlier ones. */
export const stops: Stop[] = [
  ...factorStops,
  ...passkeyStops,
  ...signInStops,
  ...mailStops,
  ...accountStops,
  ...securityStops,
  ...leavingStops,
  ...applicationStops,
  ...teamStops,
  ...problemStops,
  ...administrationStops,
];

/** @throws when another page is there than the one the stop names */
export async function visit(stop: Stop, visitors: Visitors, world: World): Promise<Page> {
  if (stop.visitor === 'root') await makeRootSuperuser(world);
  const { page } = visitors[stop.visitor];
  await stop.open(page, world);
  const view = await page.locator('body').getAttribute('data-view');
  if (view !== stop.view) throw new Error(`${stop.name} shows views/${view}.ejs at ${page.url()}`);
  return page;
}

/** The views that are pages of their own: those that have a title. */
export function listPageViews(): string[] {
  const folder = projectFolder('views');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ejs'))
    .filter((name) => /\bpage\.title = /.test(readFileSync(join(folder, name), 'utf8')))
    .map((name) => name.replace(/\.ejs$/, ''));
}
