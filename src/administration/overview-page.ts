import type { Context } from 'koa';
import { MOST_COUNTED } from '../accounts/manage-groups.js';
import { countAccounts } from '../accounts/store.js';
import { countApplicationsUpTo } from '../applications/list-applications.js';
import { countWaiting } from '../applications/standing/holds-store.js';
import { aboutRows, inBytes } from '../stats/in-words.js';
import type { AdministrationDeps } from './administration-deps.js';
import { examineServer } from './examine-server.js';

/** Counted only as far as it takes no time: nobody reads the difference between 10,000 and a million here. */
export async function showOverview(deps: AdministrationDeps, ctx: Context): Promise<void> {
  const { database, pages } = deps;
  const { knex } = database;
  const [accounts, applications, waiting, { findings, stats }] = await Promise.all([
    countAccounts(knex, MOST_COUNTED),
    countApplicationsUpTo(knex, MOST_COUNTED),
    countWaiting(knex, MOST_COUNTED),
    examineServer(deps, new Date()),
  ]);
  const shown = (count: number) => `${count.toLocaleString('en')}${count === MOST_COUNTED ? ' or more' : ''}`;
  pages.render(ctx, 'administration/overview', {
    accounts: shown(accounts),
    applications: shown(applications),
    waiting,
    findings,
    growth: stats.growth,
    sizes: stats.sizes,
    aboutRows,
    inBytes,
  });
}
