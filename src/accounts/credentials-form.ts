import { z } from 'zod';
import { parseForm, word } from '../http/form-input.js';
import { type Text, text } from '../languages/texts.js';

const credentialsForm = z.object({ username: word, password: word, next: word });

export type CredentialsForm =
  | { ok: true; username: string; password: string; next: string }
  | { ok: false; error: Text; next: string };

/** The sign-in form of every page that has one. */
export function readCredentials(body: unknown): CredentialsForm {
  const form = parseForm(credentialsForm, body);
  if (!form.ok) {
    return {
      ok: false,
      error: text('accounts.login.characters'),
      next: '',
    };
  }
  const { username, password, next } = form.value;
  if (username && password) return { ok: true, ...form.value };
  return { ok: false, error: text('accounts.login.missing'), next };
}
