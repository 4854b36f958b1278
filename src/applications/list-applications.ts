import type { Db } from '../database/database.js';
import { type ListedApplication, selectApplications } from './owned-store.js';

export { countApplicationsUpTo } from './owned-store.js';
export type { ListedApplication };

const PAGE_SIZE = 50;
const MAX_PAGES = 100_000;
const MAX_SEARCH_LENGTH = 100;

export interface ApplicationList {
  applications: ListedApplication[];
  total: number;
  page: number;
  pages: number;
}

/**
 * One page of applications, newest first.
 * @param ownerId only those of this account itself
 * @param memberId only those of this account and of the teams it is in; with neither of both: everybody's
 * @param search part of a name or client id, in any case
 * @param page counted from 1; anything else is the nearest page there may be
 */
export async function listApplications(
  db: Db,
  {
    ownerId,
    memberId,
    search = '',
    page = 1,
  }: { ownerId?: number; memberId?: number | undefined; search?: string; page?: number },
): Promise<ApplicationList> {
  const wanted = Math.min(Math.max(Math.trunc(page) || 1, 1), MAX_PAGES);
  const { applications, total } = await selectApplications(db, {
    ownerId,
    memberId,
    // PostgreSQL takes no NUL in a text.
    search: search.replaceAll('\0', '').trim().slice(0, MAX_SEARCH_LENGTH),
    offset: (wanted - 1) * PAGE_SIZE,
    limit: PAGE_SIZE,
  });
  return { applications, total, page: wanted, pages: Math.max(1, Math.ceil(total / PAGE_SIZE)) };
}
