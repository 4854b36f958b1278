/** What an application may ask for, and what it is given when it asks for nothing in particular. */
import { quote } from './quote.js';
import type { Checking } from './rules.js';

function chosenScopes(
  { input, rules, current, errors }: Checking,
  field: 'scopes' | 'defaultScopes',
): string[] {
  // One that the server no longer knows is dropped from what is stored, and refused only when it is asked for anew.
  const values = input[field] ?? (current?.[field] ?? []).filter((scope) => rules.scopes.includes(scope));
  const unknown = values.filter((scope) => !rules.scopes.includes(scope));
  if (unknown.length) {
    const named = unknown.slice(0, 5).map(quote).join(', ');
    errors[field] = `This server has no scope ${named}; it has ${rules.scopes.join(', ')}.`;
  }
  return rules.scopes.filter((scope) => values.includes(scope));
}

export function checkScopes(checking: Checking): string[] | null {
  const scopes = chosenScopes(checking, 'scopes');
  return scopes.length && scopes.length < checking.rules.scopes.length ? scopes : null;
}

/** @param allowed what checkScopes found */
export function checkDefaultScopes(checking: Checking, allowed: string[] | null): string[] | null {
  const scopes = chosenScopes(checking, 'defaultScopes');
  const refused = allowed ? scopes.filter((scope) => !allowed.includes(scope)) : [];
  if (refused.length && !checking.errors.defaultScopes)
    checking.errors.defaultScopes = `The application may not ask for ${refused.join(', ')}: allow it above, or leave it out here.`;
  return scopes.length ? scopes : null;
}
