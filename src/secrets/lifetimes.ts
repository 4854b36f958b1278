/** How long a token or a secret lives that somebody makes for a program: days of their choice, or until it is revoked. */
import { z } from 'zod';
import { refusal } from '../http/form-input.js';

const DAY = 86_400_000;

/** Days, as the forms of tokens offer them; '' is one that lives until it is revoked. */
export const TOKEN_LIFETIMES = ['7', '30', '90', '365', ''] as const;
export const DEFAULT_TOKEN_LIFETIME = '90';

/** The field of a form that offers these choices; '' becomes null. */
export function daysField<const Choice extends string>(choices: readonly Choice[], usual: NoInfer<Choice>) {
  return z
    .enum(choices, refusal('forms.notAccepted'))
    .default(usual)
    .transform((days) => (days === '' ? null : Number(days)));
}

/** @param days null: it does not expire */
export function expiryAfter(days: number | null, at: Date): Date | null {
  return days === null ? null : new Date(at.getTime() + days * DAY);
}
