/** Who may register applications: APPLICATION_REGISTRATION. */
import type { Account } from '../../accounts/account.js';
import { listGroupsOf } from '../../accounts/groups.js';
import type { Config } from '../../config/config.js';
import type { Db } from '../../database/database.js';
import { AppError } from '../../http/errors.js';

/** 'approval': what is registered is refused everywhere until a superuser approves it. */
export type MayRegister = 'yes' | 'approval' | 'no';

export async function findRegistrationRight(
  db: Db,
  { applicationRegistration: rule }: Pick<Config, 'applicationRegistration'>,
  account: Pick<Account, 'id' | 'isSuperuser'>,
): Promise<MayRegister> {
  if (account.isSuperuser || rule.who === 'everybody') return 'yes';
  if (rule.who === 'approval') return 'approval';
  if (!('groups' in rule)) return 'no';
  const groups = await listGroupsOf(db, account.id);
  return groups.some((group) => rule.groups.includes(group)) ? 'yes' : 'no';
}

/** @throws AppError 403 */
export async function requireRegistrationRight(
  db: Db,
  config: Pick<Config, 'applicationRegistration'>,
  account: Pick<Account, 'id' | 'isSuperuser'>,
): Promise<'yes' | 'approval'> {
  const right = await findRegistrationRight(db, config, account);
  if (right !== 'no') return right;
  throw new AppError(403, 'registration_closed', 'You may not register applications on this server.', {
    hint: 'Ask the people who run it: they register it for you, or give you the right to.',
    link: { href: '/applications', text: 'Applications' },
  });
}
