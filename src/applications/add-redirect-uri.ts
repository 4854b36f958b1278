/** One redirect URI more, as a button of the portal adds it. */
import type { Config } from '../config/config.js';
import type { Database } from '../database/database.js';
import type { Sentence } from '../languages/texts.js';
import type { Change } from './record-change.js';
import { checkSettings, rulesFor } from './rules.js';
import { updateApplication } from './update-application.js';

class Refused extends Error {
  readonly problem: Sentence;

  constructor(problem: Sentence) {
    super('refused');
    this.problem = problem;
  }
}

/**
 * Under the same rules as the form. One that is registered already changes nothing.
 * @returns what is wrong with it, in a sentence; nothing when it is registered now
 * @throws AppError 404 when the application was deleted meanwhile
 */
export async function addRedirectUri(
  { config, database }: { config: Config; database: Database },
  applicationId: number,
  redirectUri: string,
  { isTrusted, ...change }: Change & { isTrusted: boolean },
): Promise<{ problem?: Sentence }> {
  try {
    await updateApplication(database.knex, applicationId, {
      ...change,
      decide(current) {
        if (current.redirectUris.includes(redirectUri)) return current;
        const input = { redirectUris: [...current.redirectUris, redirectUri] };
        const { settings, errors } = checkSettings(input, rulesFor(config, isTrusted), current);
        if (settings) return settings;
        throw new Refused(Object.values(errors)[0] ?? 'This redirect URI cannot be registered.');
      },
    });
    return {};
  } catch (error) {
    if (error instanceof Refused) return { problem: error.problem };
    throw error;
  }
}
