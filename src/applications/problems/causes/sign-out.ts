/** Sign-out as an application asks for it (OpenID Connect RP-Initiated Logout). */
import { cause, type Seen } from '../cause.js';
import { sentValue } from '../sent-request.js';

const says =
  (pattern: RegExp) =>
  ({ refused }: Seen) =>
    pattern.test(refused.detail);

export const idTokenHints = [
  cause({
    name: 'id_token_hint.other_client',
    title: 'id_token_hint and client_id name different applications',
    recognise: (seen) => says(/client_id does not match/)(seen) && {},
    explain: () => ({
      cameIn: 'An `id_token_hint` of one application, and the `client_id` of another.',
      expected: 'Both of the same application, or one of them alone.',
      todo: ['Send the ID token that the last sign-in of this application has given.'],
    }),
  }),
  cause({
    name: 'id_token_hint.invalid',
    title: 'The id_token_hint is not valid',
    recognise: (seen) =>
      sentValue(seen.sent, 'id_token_hint') !== undefined &&
      seen.refused.error.startsWith('invalid_') && {
        isToken: /^eyJ/.test(sentValue(seen.sent, 'id_token_hint') ?? ''),
      },
    explain: ({ facts }) => ({
      cameIn: facts.isToken
        ? 'An ID token that this server has not signed, or has signed with a key or for a client that is gone.'
        : 'An `id_token_hint` that is no ID token; perhaps an access token.',
      expected: 'The `id_token` of a sign-in at this server. It may have expired.',
      todo: [
        'Keep the `id_token` of the answer of the token endpoint as it is, and send it here.',
        'Or leave it out: `client_id` with `post_logout_redirect_uri` does as well.',
      ],
    }),
  }),
];
