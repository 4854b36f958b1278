/** Authorization requests that ended with the person: what they decided, or that nobody may be asked. */
import { cause, code, type Seen } from '../cause.js';
import { sentValue } from '../sent-request.js';

const isSilent = ({ sent }: Seen) => (sentValue(sent, 'prompt') ?? '').split(' ').includes('none');
const isError =
  (...errors: string[]) =>
  (seen: Seen) =>
    errors.includes(seen.refused.error);

export const people = [
  cause({
    name: 'prompt_none.login_required',
    title: 'Nobody is signed in, and nobody may be asked (prompt=none)',
    recognise: (seen) => isError('login_required')(seen) && isSilent(seen) && {},
    explain: () => ({
      cameIn:
        '`prompt=none` from a browser in which nobody is signed in here, or not well enough for what was asked.',
      expected:
        'A session at this server. In an iframe most browsers do not send its cookie any more, so that silent renewal fails there.',
      todo: [
        'Treat it as “not signed in”, and begin a sign-in without `prompt=none`.',
        'To stay signed in, use refresh tokens instead of silent renewal.',
      ],
    }),
  }),
  cause({
    name: 'prompt_none.consent_required',
    title: 'The person has not allowed it yet, and may not be asked (prompt=none)',
    recognise: (seen) => isError('consent_required', 'interaction_required')(seen) && {},
    explain: () => ({
      cameIn: '`prompt=none` for something the person has not agreed to, or has agreed to in part.',
      expected: 'A consent given before that covers every scope of the request.',
      todo: [
        'Begin a sign-in without `prompt=none` once; what the person allows is remembered.',
        'A superuser can let an application of your own skip the question.',
      ],
    }),
  }),
  cause({
    name: 'person.no_second_factor',
    title: 'The person has no second factor, or not the kind that was asked for',
    recognise: (seen) => isError('unmet_authentication_requirements')(seen) && {},
    explain: () => ({
      cameIn: 'A request with `acr_values` or `claims` that ask for a stronger sign-in.',
      expected:
        'A person who can sign in so, or an acr this server has (`acr_values_supported` of its discovery).',
      todo: [
        'Offer the person what needs no second factor, or ask them to set one up in their account here.',
      ],
    }),
  }),
  cause({
    name: 'person.denied',
    title: 'The person did not allow it',
    recognise: (seen) => isError('access_denied')(seen) && seen.sent.endpoint === 'authorization' && {},
    explain: ({ application }) => ({
      cameIn: 'A sign-in that the person ended on the page that asks for consent.',
      expected: 'Nothing else: it is their decision.',
      todo: [
        'Say that nothing was shared, and offer to try again.',
        `If it happens often, look how ${code(application.name)} presents itself there: its name, its logo, and how much it asks for.`,
      ],
    }),
  }),
  cause({
    name: 'sign_in.lost',
    title: 'The browser came back to a sign-in that it had not begun',
    recognise: (seen) =>
      (seen.sent.endpoint === 'sign_in' || /session|cookie/.test(seen.refused.detail)) && {},
    explain: () => ({
      cameIn:
        'A page of a sign-in opened without its cookies: in another browser, after a long time, or with cookies switched off.',
      expected: 'A sign-in that begins and ends in the same browser, within an hour.',
      todo: [
        'Link to the page of your application that begins a sign-in, never to an address of this server that was copied from the browser.',
        'In the web view of an app cookies are often not kept: open the browser of the system (RFC 8252 8.12).',
      ],
    }),
  }),
];
