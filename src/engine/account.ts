import type { Account } from 'oidc-provider';
import { findEnabledAccount } from '../accounts/find-account.js';
import { listGroupsOf } from '../accounts/groups.js';
import type { Database } from '../database/database.js';
import { claimsOf } from '../scopes/claims.js';
import type { Holder } from '../tokens/records.js';
import { requestMemory } from './request-memory.js';

/** The account of this id, unless it is disabled: in most requests it came along with the session or token. */
async function findHolder(database: Database, id: number): Promise<Holder | undefined> {
  const { holder } = requestMemory();
  if (holder?.id === id) return holder;
  return findEnabledAccount(database.knex, id);
}

/** The engine's view of a person; groups are only read when the scope is asked for. */
export async function findAccountOf(database: Database, sub: string): Promise<Account | undefined> {
  const holder = await findHolder(database, Number(sub));
  if (!holder) return undefined;
  return {
    accountId: sub,
    hasVerifiedEmail: holder.emailVerifiedAt !== null,
    claims: async (_use, scope) => {
      const groups = scope.split(' ').includes('groups') ? await listGroupsOf(database.knex, holder.id) : [];
      return { ...claimsOf(holder, groups), sub };
    },
  };
}
