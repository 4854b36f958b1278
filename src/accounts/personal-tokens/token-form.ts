import { z } from 'zod';
import type { ScopesConfig } from '../../config/config.js';
import { line, refusal, valuesOf } from '../../http/form-input.js';
import { text } from '../../languages/texts.js';
import { listScopes } from '../../scopes/scopes.js';
import { DEFAULT_TOKEN_LIFETIME, daysField, TOKEN_LIFETIMES } from '../../secrets/lifetimes.js';

/** Whoever holds such a token needs no other to stay connected. */
export function grantableScopes(config: ScopesConfig): string[] {
  return listScopes(config).filter((scope) => scope !== 'offline_access');
}

export function tokenForm(config: ScopesConfig) {
  const known = grantableScopes(config);
  return z.object({
    name: line({ label: text('accounts.personalTokens.subjectName'), max: 100, required: true }),
    scopes: z
      .unknown()
      .transform((value) => valuesOf(value).map(String))
      .refine((scopes) => scopes.length > 0, {
        ...refusal('accounts.personalTokens.chooseScope'),
        abort: true,
      })
      .refine((scopes) => scopes.every((scope) => known.includes(scope)), refusal('forms.notAccepted'))
      // In the order of the form, each once.
      .transform((scopes) => known.filter((scope) => scopes.includes(scope))),
    days: daysField(TOKEN_LIFETIMES, DEFAULT_TOKEN_LIFETIME),
  });
}
