/** One redirect URI more or less, as a button of the portal adds and removes it. */
import type { Config } from '../config/config.js';
import type { Database } from '../database/database.js';
import type { Sentence } from '../languages/texts.js';
import type { Change } from './record-change.js';
import { checkSettings } from './settings/check-settings.js';
import { rulesFor } from './settings/rules.js';
import { updateApplication } from './update-application.js';

interface Deps {
  config: Config;
  database: Database;
}

/** @property isTrusted a superuser, as in rulesFor */
type TrustedChange = Change & { isTrusted: boolean };

class Refused extends Error {
  readonly problem: Sentence;

  constructor(problem: Sentence) {
    super('refused');
    this.problem = problem;
  }
}

async function changeRedirectUris(
  { config, database }: Deps,
  applicationId: number,
  { isTrusted, ...change }: TrustedChange,
  decide: (current: string[]) => string[],
): Promise<{ problem?: Sentence }> {
  try {
    await updateApplication(database.knex, applicationId, {
      ...change,
      decide(current) {
        const redirectUris = decide(current.redirectUris);
        if (redirectUris.length === current.redirectUris.length) return current;
        const { settings, errors } = checkSettings({ redirectUris }, rulesFor(config, isTrusted), current);
        if (settings) return settings;
        throw new Refused(Object.values(errors)[0] ?? 'The redirect URIs cannot be changed like this.');
      },
    });
    return {};
  } catch (error) {
    if (error instanceof Refused) return { problem: error.problem };
    throw error;
  }
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
