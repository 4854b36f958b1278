/** One redirect URI more or less, as a button of the portal adds and removes it. */
import type { Config } from '../../config/config.js';
import type { Database } from '../../database/database.js';
import { changeSetting, type TrustedChange } from '../settings/change-setting.js';

interface Deps {
  config: Config;
  database: Database;
}

function changeRedirectUris(
  deps: Deps,
  applicationId: number,
  change: TrustedChange,
  decide: (current: string[]) => string[],
) {
  return changeSetting(deps, applicationId, {
    ...change,
    inputFor(current) {
      const redirectUris = decide(current.redirectUris);
      return redirectUris.length === current.redirectUris.length ? undefined : { redirectUris };
    },
  });
}

/**
 * Under the same rules as the form. One that is registered already changes nothing.
 * @returns what is wrong with it, in a sentence; nothing when it is registered now
 * @throws AppError 404 when the application was deleted meanwhile
 */
export function addRedirectUri(
  deps: Deps,
  applicationId: number,
  redirectUri: string,
  change: TrustedChange,
) {
  return changeRedirectUris(deps, applicationId, change, (current) =>
    current.includes(redirectUri) ? current : [...current, redirectUri],
  );
}

/**
 * One that is not registered changes nothing.
 * @returns why it has to stay, in a sentence (a code flow needs one)
 * @throws AppError 404 when the application was deleted meanwhile
 */
export function removeRedirectUri(
  deps: Deps,
  applicationId: number,
  redirectUri: string,
  change: TrustedChange,
) {
  return changeRedirectUris(deps, applicationId, change, (current) =>
    current.filter((uri) => uri !== redirectUri),
  );
}
