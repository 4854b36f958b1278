/** Whose an application is: `team_id`, or null for the person in whose name a script acts. */
import type { Context } from 'koa';
import { z } from 'zod';
import type { Account } from '../accounts/account.js';
import type { Application } from '../applications/application.js';
import { settingsDocument } from '../applications/settings/document.js';
import { findTeamOfApplication } from '../applications/teams/store.js';
import { transferApplication } from '../applications/teams/transfer-application.js';
import { mayGiveTo, requireMayTakeFrom } from '../applications/teams/transfer-right.js';
import type { Config } from '../config/config.js';
import type { Db } from '../database/database.js';
import { invalidFields } from '../json-api/refusals.js';
import { changeByToken, requireEveryApplication } from './require-token.js';

export const ownedDocument = settingsDocument
  .extend({
    team_id: z.int().positive().nullable().optional().meta({
      description:
        'The team that owns it, by the number in the address of its page; null: the maker of the token.',
    }),
  })
  .meta({ id: 'OwnedApplicationSettings' });

interface Wish {
  account: Account;
  application: Application;
  /** null: the account itself. */
  teamId: number | null;
}

/**
 * Under the rules of the page that hands an application over. Nothing happens when it is theirs already.
 * @param transaction of what else the request changes
 * @throws AppError 403 for a token of one application, or who is no owner of the team that has it; 422 for who is no
 *   owner of the team that is to have it; 429 when that has as many as it may have
 */
export async function handOver(
  transaction: Db,
  { applicationsPerPerson: most }: Pick<Config, 'applicationsPerPerson'>,
  ctx: Context,
  { account, application, teamId }: Wish,
): Promise<void> {
  const before = await findTeamOfApplication(transaction, application.id);
  if ((before?.id ?? null) === teamId) return;
  requireEveryApplication(ctx);
  await requireMayTakeFrom(transaction, account, before);
  const to = teamId === null ? { accountId: account.id } : { teamId };
  if (!(await mayGiveTo(transaction, account, to)))
    throw invalidFields({ team_id: 'Give the id of a team that you are an owner of, or null for yourself.' });
  await transferApplication(transaction, application.id, to, { most, ...changeByToken(ctx, account) });
}
