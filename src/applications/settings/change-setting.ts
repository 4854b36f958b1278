/** One setting of an application, as a button of the portal changes it. */
import type { Config } from '../../config/config.js';
import type { Database } from '../../database/database.js';
import type { Sentence } from '../../languages/texts.js';
import type { Application } from '../application.js';
import type { Change } from '../record-change.js';
import { updateApplication } from '../update-application.js';
import { checkSettings } from './check-settings.js';
import { type ApplicationInput, rulesFor } from './rules.js';

class Refused extends Error {
  readonly problem: Sentence;

  constructor(problem: Sentence) {
    super('refused');
    this.problem = problem;
  }
}

/** @property isTrusted a superuser, as in rulesFor */
export type TrustedChange = Change & { isTrusted: boolean };

interface SettingChange extends Change {
  isTrusted: boolean;
  /** What to change of the settings as they are by then; undefined when they are as they should be. */
  inputFor: (current: Application) => ApplicationInput | undefined;
}

/**
 * Under the same rules as the form.
 * @returns what is wrong with it, in a sentence; nothing when it is so now
 * @throws AppError 404 when the application was deleted meanwhile
 */
export async function changeSetting(
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
        throw new Refused(Object.values(errors)[0] ?? 'The settings cannot be changed like this.');
      },
    });
    return {};
  } catch (error) {
    if (error instanceof Refused) return { problem: error.problem };
    throw error;
  }
}
