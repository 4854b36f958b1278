/** Authorization requests that were refused before any page was shown: what is asked for, and how. */
import { cause, code, type Seen } from '../cause.js';
import { nearest } from '../nearest.js';
import { maskTokens } from '../redact.js';
import { sentValue } from '../sent-request.js';

const RESPONSE_MODES = ['query', 'fragment', 'form_post'];
const PROMPTS = ['none', 'login', 'consent', 'select_account'];

const shownValue = ({ sent }: Seen, name: string) => maskTokens((sentValue(sent, name) ?? '').slice(0, 100));
const says = (pattern: RegExp) => (seen: Seen) => pattern.test(seen.refused.detail) && {};
const PKCE =
  'The verifier is a random text of 43 to 128 characters; `code_challenge` is the Base64url, without `=`, of its SHA-256, and `code_challenge_method` is `S256` (RFC 7636).';

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

export const authorizationRequests = [
  cause({
    name: 'response_type.missing',
    title: 'The parameter response_type is missing',
    recognise: (seen) => !sentValue(seen.sent, 'response_type') && says(/response_type/)(seen),
    explain: () => ({
      cameIn: 'An authorization request without `response_type`.',
      expected: '`response_type=code` (RFC 6749 4.1.1).',
      todo: ['Add it. Look whether the address was built by hand, and what else of it is missing.'],
    }),
  }),
  cause({
    name: 'response_type.implicit',
    title: 'The implicit flow does not exist here',
    recognise: (seen) =>
      seen.refused.error === 'unsupported_response_type' &&
      /\b(id_)?token\b/.test(shownValue(seen, 'response_type')) && {
        sentType: shownValue(seen, 'response_type'),
      },
    explain: ({ facts }) => ({
      cameIn: `${code(`response_type=${facts.sentType}`)}: tokens in the address the person comes back to.`,
      expected: '`response_type=code` with PKCE, for single-page and mobile apps as well (RFC 9700 2.1.2).',
      todo: [
        'Set the response type of your library to `code`; in oidc-client-ts and Auth.js it is so from the beginning.',
        'The access token and the ID token then come from the token endpoint, which single-page apps may call.',
      ],
    }),
  }),
  cause({
    name: 'response_type.unknown',
    title: 'This server has no such response type',
    recognise: (seen) =>
      seen.refused.error === 'unsupported_response_type' && { sentType: shownValue(seen, 'response_type') },
    explain: ({ facts }) => ({
      cameIn: `${code(`response_type=${facts.sentType}`)}.`,
      expected: '`response_type=code`.',
      todo: ['Send exactly `code`, in small letters.'],
    }),
  }),
  cause({
    name: 'response_type.not_allowed',
    title: 'The application may not use the authorization code flow',
    recognise: (seen) => seen.refused.error === 'unauthorized_client' && {},
    explain: ({ application }) => ({
      cameIn: 'An authorization request.',
      expected: 'An application that has the grant `authorization_code`.',
      todo: ['Switch the grant on in the settings of the application; it needs a redirect URI as well.'],
      ...(application.grantTypes.includes('authorization_code')
        ? { settled: 'The application may use this flow now.' }
        : application.redirectUris.length
          ? { repair: { kind: 'grant', value: 'authorization_code' } as const }
          : {}),
    }),
  }),
  cause({
    name: 'response_mode.unknown',
    title: 'This server has no such response mode',
    recognise: (seen) =>
      seen.refused.error === 'unsupported_response_mode' && { mode: shownValue(seen, 'response_mode') },
    explain: ({ facts }) => ({
      cameIn: `${code(`response_mode=${facts.mode}`)}.`,
      expected: '`query` (the default), `fragment` or `form_post`.',
      todo: [
        nearest(facts.mode, RESPONSE_MODES)
          ? `You probably mean ${code(nearest(facts.mode, RESPONSE_MODES)!)}.`
          : 'Leave `response_mode` out.',
      ],
    }),
  }),
  cause({
    name: 'challenge.missing',
    title: 'PKCE is required, and no challenge was sent',
    recognise: says(/requires PKCE/),
    explain: ({ application }) => ({
      cameIn: 'An authorization request without `code_challenge`.',
      expected: `${application.clientType === 'public' ? 'A public client has to use PKCE.' : 'This application is set to require PKCE.'} ${PKCE}`,
      todo: [
        'Switch PKCE on in your library (often `pkce: true` or `code_challenge_method: S256`); most have it.',
        'An old client that cannot: make PKCE optional in the settings of the application, knowing that a code that is intercepted can then be used.',
      ],
      ...(application.pkce === 'optional' ? { settled: 'PKCE is optional for this application now.' } : {}),
    }),
  }),
  cause({
    name: 'challenge.method_missing',
    title: 'The challenge comes without its method',
    recognise: says(/^code_challenge_method must be provided/),
    explain: () => ({
      cameIn: 'A `code_challenge` without `code_challenge_method`, which by the standard means `plain`.',
      expected: '`code_challenge_method=S256`.',
      todo: ['Send the method as well.'],
    }),
  }),
  cause({
    name: 'challenge.plain',
    title: 'The challenge method is not S256',
    recognise: (seen) =>
      says(/value of code_challenge_method/)(seen) && { method: shownValue(seen, 'code_challenge_method') },
    explain: ({ facts }) => ({
      cameIn: `${code(`code_challenge_method=${facts.method}`)}.`,
      expected: `\`S256\`, exactly so. ${facts.method === 'plain' ? 'With `plain` whoever reads the request can use the code (RFC 9700 2.1.1).' : ''} ${PKCE}`,
      todo: ['Set the method of your library to `S256`, and let it hash the verifier.'],
    }),
  }),
  cause({
    name: 'challenge.without_value',
    title: 'There is a challenge method, but no challenge',
    recognise: says(/code_challenge must be provided with/),
    explain: () => ({
      cameIn: '`code_challenge_method` without `code_challenge`.',
      expected: PKCE,
      todo: ['Look where the challenge gets lost: an empty variable, or a parameter of another name.'],
    }),
  }),
  cause({
    name: 'challenge.format',
    title: 'The challenge is too short, too long, or has other characters',
    recognise: (seen) =>
      says(/^code_challenge (must be a string|contains)/)(seen) && {
        length: (sentValue(seen.sent, 'code_challenge') ?? '').length,
      },
    explain: ({ facts }) => ({
      cameIn: `A \`code_challenge\` of ${facts.length} characters.`,
      expected: `43 characters for S256. ${PKCE}`,
      todo: [
        facts.length === 44
          ? 'Take the `=` at the end away, and use `-` and `_` in place of `+` and `/`.'
          : 'Encode the hash as bytes in Base64url, not its hex.',
      ],
    }),
  }),
  cause({
    name: 'prompt.invalid',
    title: 'The parameter prompt is not understood',
    recognise: (seen) => says(/prompt value|prompt none/)(seen) && { prompt: shownValue(seen, 'prompt') },
    explain: ({ facts }) => ({
      cameIn: `${code(`prompt=${facts.prompt}`)}.`,
      expected:
        '`login`, `consent` or `select_account`, or several of them separated by spaces; or `none` by itself.',
      todo: [
        nearest(facts.prompt, PROMPTS) && !facts.prompt.includes(' ')
          ? `You probably mean ${code(nearest(facts.prompt, PROMPTS)!)}.`
          : 'Correct it, or leave it out.',
      ],
    }),
  }),
  cause({
    name: 'max_age.invalid',
    title: 'max_age is not a number of seconds',
    recognise: (seen) => says(/max_age/)(seen) && { maxAge: shownValue(seen, 'max_age') },
    explain: ({ facts }) => ({
      cameIn: `${code(`max_age=${facts.maxAge}`)}.`,
      expected: 'A whole number of seconds, such as `max_age=3600`.',
      todo: ['Send seconds without a unit, or leave it out.'],
    }),
  }),
  cause({
    name: 'claims.invalid',
    title: 'The parameter claims cannot be read',
    recognise: (seen) => {
      const claims = sentValue(seen.sent, 'claims');
      return claims !== undefined && (!isJson(claims) || /claims/.test(seen.refused.detail)) && {};
    },
    explain: () => ({
      cameIn: 'A parameter `claims` that is not JSON of the right form.',
      expected:
        'An object with `userinfo` or `id_token` in it, such as `{"id_token":{"email":null}}` (OpenID Connect Core 5.5).',
      todo: ['Check the JSON, and percent-encode it. Mostly scopes such as `email` do the same more easily.'],
    }),
  }),
  cause({
    name: 'request_object',
    title: 'Request objects are not supported',
    recognise: (seen) =>
      /^(request|request_uri|registration)_not_supported$/.test(seen.refused.error) && {
        error: seen.refused.error,
      },
    explain: () => ({
      cameIn: 'A parameter `request`, `request_uri` or `registration`.',
      expected: 'The parameters of the request one by one.',
      todo: ['Switch request objects (JAR) or pushed requests (PAR) off in your library.'],
    }),
  }),
  cause({
    name: 'request.too_long',
    title: 'The authorization request is too long',
    recognise: (seen) => seen.refused.reason === 'too_large' && {},
    explain: () => ({
      cameIn: 'An authorization request of more than 12,000 characters.',
      expected: 'One that fits into an address.',
      todo: ['Keep large things on your side, and put a short key for them into `state`.'],
    }),
  }),
];
