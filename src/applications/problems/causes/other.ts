/** What nothing else has recognised: the answer is told as it was given. */
import { cause, code } from '../cause.js';
import { GENERIC } from '../error-codes.js';

export const other = cause({
  name: 'other',
  title: 'The request was refused',
  recognise: ({ refused }) => ({ error: refused.error }),
  explain: ({ facts }) => ({
    cameIn: 'A request as it is shown below.',
    expected: `The answer was ${code(facts.error)}: ${GENERIC[facts.error]?.meaning ?? 'it could not be taken as it was.'}`,
    todo: [
      GENERIC[facts.error]?.help ?? 'Compare it with one that works.',
      'The text `error_description` of the answer says more.',
    ],
  }),
});
