/** Mistakes of whoever writes the program that asks, whom English reaches; what people have to read is in the texts of src/languages. */
import { AppError } from '../http/errors.js';

export function foreignRequest(sign: string): AppError {
  return new AppError(403, 'foreign_request', 'This request comes from another site.', {
    hint: 'Serve the front end under the origin of this server.',
    cause: new Error(sign),
  });
}

export function jsonExpected(): AppError {
  return new AppError(415, 'json_expected', 'This address takes JSON only.', {
    hint: 'Send Content-Type: application/json, also when there is nothing to send.',
  });
}

export function unreadableJson(cause?: unknown): AppError {
  return new AppError(400, 'unreadable_json', 'What was sent is not a JSON object.', {
    hint: 'Send one object, such as {"username": "ada"}.',
    cause,
  });
}

export function tokenNotEnough(): AppError {
  return new AppError(403, 'session_required', 'An access token cannot do this.', {
    hint: 'Only the person themselves can, signed in by POST /api/account/session.',
  });
}
