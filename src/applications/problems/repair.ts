/** What a button beside an explanation changes: one value more in the settings, under the same rules as their form. */
import type { Config } from '../../config/config.js';
import type { Database } from '../../database/database.js';
import type { Sentence } from '../../languages/texts.js';
import { scopesOf } from '../../scopes/scopes.js';
import type { Application } from '../application.js';
import { originsOf } from '../application.js';
import type { Change } from '../record-change.js';
import { changeSetting } from '../settings/change-setting.js';
import type { ApplicationInput } from '../settings/rules.js';
import type { Repair } from './cause.js';

/** undefined: it is so already. */
function inputFor(
  { kind, value }: Repair,
  current: Application,
  config: Config,
): ApplicationInput | undefined {
  const withMore = (list: readonly string[]) => (list.includes(value) ? undefined : [...list, value]);
  switch (kind) {
    case 'redirect_uri':
      return asInput('redirectUris', withMore(current.redirectUris));
    case 'post_logout_redirect_uri':
      return asInput('postLogoutRedirectUris', withMore(current.postLogoutRedirectUris));
    case 'scope':
      return asInput('scopes', withMore(scopesOf(current, config)));
    case 'grant':
      return asInput('grantTypes', withMore(current.grantTypes));
    case 'origin':
      return asInput('corsOrigins', withMore(originsOf(current)));
  }
}

const asInput = (name: keyof ApplicationInput, list: string[] | undefined): ApplicationInput | undefined =>
  list && { [name]: list };

/**
 * @returns what is wrong with it, in a sentence; nothing when it is done
 * @throws AppError 404 when the application was deleted meanwhile
 */
export async function applyRepair(
  { config, database }: { config: Config; database: Database },
  applicationId: number,
  repair: Repair,
  change: Change & { isTrusted: boolean },
): Promise<{ problem?: Sentence }> {
  return changeSetting({ config, database }, applicationId, {
    ...change,
    inputFor: (current) => inputFor(repair, current, config),
  });
}

/** What the button says. */
export const REPAIR_LABELS: Record<Repair['kind'], string> = {
  redirect_uri: 'Register this redirect URI',
  post_logout_redirect_uri: 'Register this address',
  scope: 'Allow this scope',
  grant: 'Allow this grant',
  origin: 'Allow this origin',
};
