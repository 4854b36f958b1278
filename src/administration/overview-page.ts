import type { Context } from 'koa';
import { MOST_COUNTED } from '../accounts/manage-groups.js';
import { countAccounts } from '../accounts/store.js';
import { countWaiting } from '../applications/approval/holds-store.js';
import { countApplications } from '../applications/list-applications.js';
import type { AdministrationDeps } from './administration-deps.js';

/** Counted only as far as it takes no time: nobody reads the difference between 10,000 and a million here. */
export async function showOverview({ database, pages }: AdministrationDeps, ctx: Context): Promise<void> {
  const { knex } = database;
  const [accounts, applications, waiting] = await Promise.all([
    countAccounts(knex, MOST_COUNTED),
    countApplications(knex, MOST_COUNTED),
    countWaiting(knex, MOST_COUNTED),
  ]);
  const shown = (count: number) => `${count.toLocaleString('en')}${count === MOST_COUNTED ? ' or more' : ''}`;
  pages.render(ctx, 'administration/overview', {
    accounts: shown(accounts),
    applications: shown(applications),
    waiting,
  });
}
