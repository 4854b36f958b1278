/** One value more in the settings of an application, as a button of the portal adds it. */
import type { Config } from '../config/config.js';
import type { Database } from '../database/database.js';
import type { Sentence } from '../languages/texts.js';
import type { Application } from './application.js';
import type { Change } from './record-change.js';
import { type ApplicationInput, checkSettings, rulesFor } from './rules.js';
import { updateApplication } from './update-application.js';

class Refused extends Error {
  readonly problem: Sentence;

  constructor(problem: Sentence) {
    super('refused');
    this.problem = problem;
  }
}

interface SettingChange extends Change {
  /** Decided by a superuser (rulesFor). */
  isTrusted: boolean;
  /** What to change of the settings as they are by then; undefined when they are as they should be. */
  inputFor: (current: Application) => ApplicationInput | undefined;
}

/**
 * Under the same rules as the form.
 * @returns what is wrong with it, in a sentence; nothing when it is so now
 * @throws AppError 404 when the application was deleted meanwhile
 */
export async function addSetting(
  { config, database }: { config: Config; database: Database },
  applicationId: number,
  { isTrusted, inputFor, ...change }: SettingChange,
): Promise<{ problem?: Sentence }> {
  try {
    await updateApplication(database.knex, applicationId, {
      ...change,
      decide(current) {
        const input = inputFor(current);
        if (!input) return current;
        const { settings, errors } = checkSettings(input, rulesFor(config, isTrusted), current);
        if (settings) return settings;
        throw new Refused(Object.values(errors)[0] ?? 'This cannot be set.');
      },
    });
    return {};
  } catch (error) {
    if (error instanceof Refused) return { problem: error.problem };
    throw error;
  }
}

/** One that is registered already changes nothing. */
export function addRedirectUri(
  deps: { config: Config; database: Database },
  applicationId: number,
  redirectUri: string,
  change: Change & { isTrusted: boolean },
): Promise<{ problem?: Sentence }> {
  return addSetting(deps, applicationId, {
    ...change,
    inputFor: ({ redirectUris }) =>
      redirectUris.includes(redirectUri) ? undefined : { redirectUris: [...redirectUris, redirectUri] },
  });
}
