/** The forms of the page of secrets. */
import { z } from 'zod';
import { line, refusal, word } from '../../http/form-input.js';
import { text } from '../../languages/texts.js';
import { daysField } from '../../secrets/lifetimes.js';

/** Days until a new secret expires, as the form offers them; '' is one that works until it is retired. */
export const LIFETIMES = ['', '30', '90', '180', '365', '730'] as const;

export const newSecretForm = z.object({
  name: line({ label: text('accounts.personalTokens.subjectName'), max: 100 }),
  days: daysField(LIFETIMES, ''),
});

/** Seconds a secret goes on working after somebody has retired it with grace. */
export const GRACE = 24 * 60 * 60;

export const retireForm = z.object({
  when: z.enum(['now', 'later'], refusal('forms.notAccepted')).default('now'),
  /** Ticked: it is known to be in use. */
  confirmed: word.transform((value) => value !== ''),
});
