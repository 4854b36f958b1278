import { z } from 'zod';
import { parseForm, refusal } from '../http/form-input.js';

const text = z.string(refusal('forms.mustBeText')).default('');
const credentialsForm = z.object({ username: text, password: text, next: text });

export type CredentialsForm =
  | { ok: true; username: string; password: string; next: string }
  | { ok: false; error: string; next: string };

/** The sign-in form of every page that has one; `error` is a sentence for the person. */
export function readCredentials(body: unknown): CredentialsForm {
  const form = parseForm(credentialsForm, body);
  if (!form.ok) {
    return {
      ok: false,
      error: 'The username or the password holds characters that neither can have.',
      next: '',
    };
  }
  const { username, password, next } = form.value;
  if (username && password) return { ok: true, ...form.value };
  return { ok: false, error: 'Please enter your username and your password.', next };
}
