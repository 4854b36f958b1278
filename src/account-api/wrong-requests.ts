/** Mistakes of a front end's developer, whom English reaches; what people have to read is in the texts of src/languages. */
import { AppError } from '../http/errors.js';

export function noFactorYet(): AppError {
  return new AppError(409, 'no_factor', 'There is no second factor that recovery codes could stand in for.', {
    hint: 'Set up an authenticator app first.',
  });
}
