/** The grant password, at the token endpoint. Who the person is, and whether there is one, is nobody's business here. */
import { cause, listOf, type Seen } from '../cause.js';
import { sentValue } from '../sent-request.js';

const isPassword = ({ sent }: Seen) => sentValue(sent, 'grant_type') === 'password';
const because = (reason: string) => (seen: Seen) => isPassword(seen) && seen.refused.reason === reason && {};

const CODE_FLOW =
  'Sign people in by the authorization code flow: the browser takes them to this server and back.';

export const passwords = [
  cause({
    name: 'password.missing',
    title: 'Username or password is missing',
    recognise: (seen) => {
      const missing = ['username', 'password'].filter((name) => !sentValue(seen.sent, name));
      return (
        isPassword(seen) && seen.refused.error === 'invalid_request' && missing.length > 0 && { missing }
      );
    },
    explain: ({ facts }) => ({
      cameIn: `\`grant_type=password\` without ${listOf(facts.missing)}.`,
      expected: '`username` and `password`, by these names (RFC 6749 4.3.2).',
      todo: ['Send both in the body. An email address goes into `username` as well.'],
    }),
  }),
  cause({
    name: 'password.second_factor',
    title: 'The person needs a second factor',
    recognise: because('second_factor_needed'),
    explain: () => ({
      cameIn: 'The right password of somebody who has, or must have, a second factor.',
      expected:
        'A password alone is not enough for this person, and the password grant has no place for more.',
      todo: [
        CODE_FLOW,
        'For a program that works for one person, that person can make a personal access token.',
      ],
    }),
  }),
  cause({
    name: 'password.throttled',
    title: 'Too many wrong passwords',
    recognise: because('too_many_attempts'),
    explain: () => ({
      cameIn:
        'A password for an account, or from a network, that had too many wrong ones of late. It was not looked at.',
      expected: 'Some minutes without an attempt; the header `Retry-After` of the answer says how long.',
      todo: [
        'Do not repeat a refused password by yourself: ask the person for it.',
        'If all your users come from the address of your server, they share its limit; the authorization code flow has each sign in from their own.',
      ],
    }),
  }),
  cause({
    name: 'password.wrong',
    title: 'Username or password is wrong',
    recognise: because('wrong_password'),
    explain: () => ({
      cameIn:
        'A username and a password that do not belong together, an account that is disabled, or one whose address is not confirmed where that is required. Nobody is told which.',
      expected: 'The username or email address and the password of an account of this server.',
      todo: ['Ask the person to type them again, or to set a new password.', CODE_FLOW],
    }),
  }),
];
