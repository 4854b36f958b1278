/** Who the request says it comes from: the client id, and how id and secret are sent. */
import { cause, code, type Seen } from '../cause.js';
import { trimmed } from '../find-whose.js';
import { readBasic, sentClientId, sentSecret, sentValue } from '../sent-request.js';

const BASIC =
  'Nearly every HTTP library does it right by itself: `curl -u ID:SECRET`, `auth=(id, secret)` in Python requests.';
const FORMAT = '`Authorization: Basic` and then the Base64 of `client_id:client_secret` (RFC 6749 2.3.1).';

const basicProblem = (problem: string) => (seen: Seen) =>
  ['invalid_client', 'invalid_request'].includes(seen.refused.error) &&
  readBasic(seen.sent)?.problem === problem &&
  {};

function isRefusedClient({ refused: { error, detail } }: Seen): boolean {
  return error === 'invalid_client' || /authorization header|mechanism|client_secret must/.test(detail);
}

const isUnknown = ({ refused }: Seen) =>
  refused.detail === 'client not found' || refused.error === 'invalid_client';

export const howTheClientIsNamed = [
  cause({
    name: 'basic.twice',
    title: 'The word Basic, or the whole header, was sent twice',
    recognise: basicProblem('twice'),
    explain: () => ({
      cameIn: 'A header `Authorization` in which `Basic` stands twice, or two such headers.',
      expected: FORMAT,
      todo: [
        'Your library writes `Basic` by itself: give it the id and the secret only, or the whole header, not both.',
        BASIC,
      ],
    }),
  }),
  cause({
    name: 'basic.not_base64',
    title: 'The Basic header is not Base64',
    recognise: basicProblem('not_base64'),
    explain: () => ({
      cameIn: 'A header `Authorization: Basic` whose value is not Base64; perhaps id and secret as they are.',
      expected: FORMAT,
      todo: [
        'Encode the pair: `base64(client_id + ":" + client_secret)`, without line breaks (`base64 -w0`).',
        BASIC,
      ],
    }),
  }),
  cause({
    name: 'basic.no_colon',
    title: 'The Basic header holds no colon',
    recognise: basicProblem('no_colon'),
    explain: () => ({
      cameIn: 'A header `Authorization: Basic` that has no `:` once it is decoded, so that it has no secret.',
      expected: FORMAT,
      todo: ['Join id and secret by a colon first, and encode the whole then.', BASIC],
    }),
  }),
  cause({
    name: 'basic.not_encoded',
    title: 'The id or the secret in the Basic header has a percent sign that is not encoded',
    recognise: basicProblem('not_encoded'),
    explain: () => ({
      cameIn: 'A `%` in the Basic header that is not the beginning of an encoded character.',
      expected:
        'Id and secret are form-encoded before they are joined and put into Base64 (RFC 6749 2.3.1): a `%` becomes `%25`, a `+` `%2B`.',
      todo: [
        'Encode both halves, or use a secret made by this server: it has letters and digits only, which need no encoding.',
      ],
    }),
  }),
  cause({
    name: 'authorization.scheme',
    title: 'The Authorization header has another scheme than Basic',
    recognise: (seen) =>
      isRefusedClient(seen) &&
      seen.sent.authorization.length > 0 &&
      !readBasic(seen.sent) && { isBearer: /^bearer\b/i.test(seen.sent.authorization[0]!) },
    explain: ({ facts }) => ({
      cameIn: facts.isBearer
        ? 'A header `Authorization: Bearer`. That is how a token is presented, not how an application proves who it is.'
        : 'A header `Authorization` that does not begin with `Basic`.',
      expected: `${FORMAT} Or no such header, and \`client_id\` and \`client_secret\` in the body.`,
      todo: [
        'Send `Basic`, or take the header away where your HTTP client adds the token of a person to every request.',
        BASIC,
      ],
    }),
  }),
  cause({
    name: 'credentials.differ',
    title: 'Header and body name different clients or secrets',
    recognise: ({ sent, refused: { error, detail } }) => {
      const basic = readBasic(sent);
      if (
        error !== 'invalid_request' ||
        !basic ||
        !/different client credentials|client_id mismatch/.test(detail)
      )
        return false;
      const id = sentValue(sent, 'client_id');
      return { isId: id !== undefined && id !== basic.clientId };
    },
    explain: ({ facts }) => ({
      cameIn: facts.isId
        ? 'One client id in the header `Authorization`, and another one in the body.'
        : 'One secret in the header `Authorization`, and another one in the body.',
      expected: 'The client once. Sent twice, both must be the same.',
      todo: [
        'Use one of the two ways. In most libraries it is a setting: `client_secret_basic` is the header, `client_secret_post` the body.',
      ],
    }),
  }),
  cause({
    name: 'application.disabled',
    title: 'The application is disabled',
    recognise: (seen) =>
      isUnknown(seen) &&
      seen.application.disabledAt !== null && { since: seen.application.disabledAt.toISOString() },
    explain: ({ application }) => ({
      cameIn: `The client id of ${code(application.name)}, which an administrator has disabled.`,
      expected:
        'An application that is enabled. A disabled one is refused everywhere, and its tokens do not work.',
      todo: ['Ask the people who run this server.'],
      ...(application.disabledAt ? {} : { settled: 'The application is enabled again.' }),
    }),
  }),
  cause({
    name: 'client_id.white_space',
    title: 'The client id has white space, quotes or the like around it',
    recognise: ({ sent, foundBy, application }) => {
      const id = sentClientId(sent) ?? '';
      return (
        foundBy === 'trimmed' &&
        trimmed(id) === application.clientId && { more: id.length - application.clientId.length }
      );
    },
    explain: ({ facts, application }) => ({
      cameIn: `The right client id, with ${facts.more} more character${facts.more === 1 ? '' : 's'} around it.`,
      expected: `Exactly ${code(application.clientId)}.`,
      todo: [
        'Look for a space, a line break, quotes or `%20` in the settings or the environment variable it comes from.',
      ],
    }),
  }),
  cause({
    name: 'client_id.swapped',
    title: 'Client id and secret are in each other’s place',
    recognise: ({ foundBy }) => foundBy === 'swapped' && {},
    explain: ({ application }) => ({
      cameIn: 'The client id where the secret belongs.',
      expected: `The client id is ${code(application.clientId)}; the secret was shown when it was made.`,
      todo: [
        'Swap the two settings.',
        'If the secret was sent as the client id in a URL, it may stand in logs: make a new one.',
      ],
    }),
  }),
  cause({
    name: 'client_id.missing',
    title: 'The request does not say which client it comes from',
    recognise: ({ sent, refused }) =>
      !sentClientId(sent) &&
      /mechanism provided|client_id/.test(refused.detail) && { length: (sentSecret(sent) ?? '').length },
    explain: ({ application }) => ({
      cameIn: `No client id, neither in the header nor in the body. What else was sent belongs to ${code(application.name)}.`,
      expected: `The client id ${code(application.clientId)}, by \`Authorization: Basic\` or as \`client_id\` in the body.`,
      todo: ['Look whether the setting it comes from is empty where your application runs.'],
    }),
  }),
  cause({
    name: 'client_id.unknown',
    title: 'There is no application with the client id that was sent',
    recognise: (seen) => {
      const { sent, foundBy, application } = seen;
      if (foundBy !== 'token' && foundBy !== 'redirect_uri' && foundBy !== 'jwt') return false;
      const id = sentClientId(sent) ?? '';
      return (
        id !== '' &&
        id !== application.clientId && {
          by: foundBy,
          length: id.length,
          isNear: isNear(id, application.clientId),
        }
      );
    },
    explain: ({ facts, application }) => ({
      cameIn: `A client id of ${facts.length} characters that nobody here has. ${
        facts.by === 'redirect_uri'
          ? `The redirect URI is the one of ${code(application.name)}`
          : `The code or token beside it was issued to ${code(application.name)}`
      }, which is how this request came here.`,
      expected: `The client id of ${code(application.name)}: ${code(application.clientId)}, ${application.clientId.length} characters.`,
      todo: [
        facts.isNear
          ? 'It begins or ends like the right one: some characters are missing, doubled or in other capitals. Copy it anew.'
          : 'Look which client id is set where this request comes from: one of another server (staging, an old installation), or of an application that was deleted.',
      ],
    }),
  }),
];

function isNear(sent: string, right: string): boolean {
  const [a, b] = [sent.toLowerCase(), right.toLowerCase()];
  return a.length > 8 && (a.slice(0, 8) === b.slice(0, 8) || a.slice(-8) === b.slice(-8));
}
