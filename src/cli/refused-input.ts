import { AppError, type FieldErrors } from '../http/errors.js';
import { inEnglish } from '../languages/texts.js';

/** What a form would show field by field, as one error for the command line. */
export function refusedInput(errors: FieldErrors): AppError {
  return new AppError(422, 'refused', Object.values(errors).map(inEnglish).join(' '));
}
