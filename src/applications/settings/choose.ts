import type { FieldErrors } from '../../http/errors.js';
import type { ApplicationInput } from './rules.js';

/** One of the choices; the fallback when nothing was chosen, and beside an error when it was none of them. */
export function choose<T extends string>(
  { input, errors }: { input: ApplicationInput; errors: FieldErrors },
  field: 'kind' | 'clientType' | 'consent' | 'pkce' | 'redirectMatch' | 'idTokenAlg' | 'tokenFormat',
  choices: readonly T[],
  fallback: T,
): T {
  const value = input[field];
  if (!value) return fallback;
  const found = choices.find((choice) => choice === value);
  if (!found) errors[field] = `Choose ${listed(choices)}.`;
  return found ?? fallback;
}

const listed = (choices: readonly string[]): string =>
  [choices.slice(0, -1).join(', '), choices.at(-1)].filter(Boolean).join(' or ');
