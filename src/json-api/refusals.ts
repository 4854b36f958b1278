/** What every operation answers when something is not done; nothing was changed. */
import { z } from 'zod';
import { AppError, type FieldErrors } from '../http/errors.js';
import { text } from '../languages/texts.js';

/** A problem of no single field is the message. */
export function invalidFields({ form, ...fields }: FieldErrors): AppError {
  return new AppError(422, 'invalid_fields', form ?? text('accountApi.invalidFields'), { fields });
}

export const refusalShape = z
  .strictObject({
    error: z.string().meta({ description: 'A stable name for programs.' }),
    message: z.string().meta({ description: 'What is wrong, in the language of the reader.' }),
    hint: z.string().optional().meta({ description: 'What the reader can do about it.' }),
    fields: z
      .record(z.string(), z.string())
      .optional()
      .meta({ description: 'What is wrong with each field, by its name.' }),
    request_id: z.string().meta({ description: "The id of the request in the server's log." }),
  })
  .meta({ id: 'Refusal', description: 'Every answer of 400 and above; nothing was changed.' });
