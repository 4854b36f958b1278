import { z } from 'zod';
import { line } from '../../http/form-input.js';
import { text } from '../../languages/texts.js';

export const LONGEST_NAME = 60;

/** What a person calls a passkey. */
export const passkeyName = (required: boolean) =>
  line({ label: text('passkeys.fields.name'), max: LONGEST_NAME, required });

export const renameForm = z.object({ name: passkeyName(true) });
