/** Tokens as they are presented at /profile and the userinfo endpoint (RFC 6750). */
import type { FoundToken } from '../../../tokens/records.js';
import { cause, code, moment, type Seen, span } from '../cause.js';
import { type ReadJwt, readJwt } from '../find-whose.js';
import { sentBearer } from '../sent-request.js';
import { endFacts, tellEnd } from '../told-ends.js';

const HEADER = '`Authorization: Bearer` and the access token.';

/** As it is stored, or as it says of itself when its row has left. */
async function findToken(seen: Seen): Promise<FoundToken | ReadJwt | undefined> {
  if (!isInvalid(seen)) return undefined;
  const jwt = readJwt(sentBearer(seen.sent));
  return (await seen.look.bearer()) ?? (jwt?.isAccessToken ? jwt : undefined);
}

const isInvalid = ({ refused }: Seen) => ['invalid_token', 'invalid_request'].includes(refused.error);

export const bearerTokens = [
  cause({
    name: 'bearer.in_url',
    title: 'The access token was sent in the URL',
    recognise: ({ sent }) => sent.url.some(([name]) => name === 'access_token') && {},
    explain: () => ({
      cameIn: 'The parameter `access_token` in the query.',
      expected: `${HEADER} What is in a URL ends up in logs and histories (RFC 9700 4.3.2).`,
      todo: ['Send the header.', 'Assume that others know the token, and revoke it.'],
    }),
  }),
  cause({
    name: 'bearer.scheme',
    title: 'The word Bearer is missing before the token',
    recognise: ({ sent, refused }) => {
      const [header] = sent.authorization;
      const scheme = header?.includes(' ') ? header.trim().split(/\s+/)[0]! : '';
      const isOther = header !== undefined && !/^bearer /i.test(header.trim());
      return refused.status >= 400 && isOther && { scheme: /^[A-Za-z]{1,12}$/.test(scheme) ? scheme : '' };
    },
    explain: ({ facts }) => ({
      cameIn: facts.scheme
        ? `A header \`Authorization\` that begins with ${code(facts.scheme)}.`
        : 'A header `Authorization` with the token alone.',
      expected: HEADER,
      todo: [
        'Write `Bearer` and one space before the token.',
        ...(/^(token|jwt)$/i.test(facts.scheme)
          ? [
              `${code(facts.scheme)} is what Django REST framework’s own tokens use; those of OAuth use \`Bearer\`.`,
            ]
          : []),
      ],
    }),
  }),
  cause({
    name: 'bearer.form',
    title: 'The token was sent twice, or with a form beside the header',
    recognise: ({ refused }) =>
      refused.error === 'invalid_request' && /one mechanism|without a form/.test(refused.detail) && {},
    explain: () => ({
      cameIn: 'A header `Authorization`, and a form or a second token beside it.',
      expected: HEADER,
      todo: ['Send the header only, with `GET` and without a body.'],
    }),
  }),
  cause({
    name: 'bearer.refresh_token',
    title: 'A refresh token was sent in the place of the access token',
    recognise: async (seen) =>
      isInvalid(seen) && (await seen.look.bearerAsRefreshToken()) !== undefined && {},
    explain: () => ({
      cameIn: 'A refresh token.',
      expected: HEADER,
      todo: [
        'Take `access_token` from the answer of the token endpoint. The refresh token goes to the token endpoint and nowhere else.',
      ],
    }),
  }),
  cause({
    name: 'bearer.code',
    title: 'An authorization code was sent in the place of the access token',
    recognise: async (seen) => isInvalid(seen) && (await seen.look.bearerAsCode()) !== undefined && {},
    explain: () => ({
      cameIn: 'An authorization code.',
      expected: HEADER,
      todo: ['Exchange the code at the token endpoint first; its answer has the access token.'],
    }),
  }),
  cause({
    name: 'bearer.id_token',
    title: 'An ID token was sent in the place of the access token',
    recognise: (seen) =>
      isInvalid(seen) &&
      seen.foundBy === 'jwt' &&
      readJwt(sentBearer(seen.sent))?.isAccessToken === false &&
      {},
    explain: () => ({
      cameIn: 'An ID token.',
      expected: `${HEADER} An ID token tells your application who has signed in; it opens nothing.`,
      todo: ['Take `access_token`, not `id_token`, from the answer of the token endpoint.'],
    }),
  }),
  cause({
    name: 'bearer.disabled',
    title: 'The application is disabled',
    recognise: (seen) => isInvalid(seen) && seen.application.disabledAt !== null && {},
    explain: ({ application }) => ({
      cameIn: `An access token of ${code(application.name)}.`,
      expected: 'An application that is enabled: the tokens of a disabled one do not work.',
      todo: ['Ask the people who run this server.'],
      ...(application.disabledAt ? {} : { settled: 'The application is enabled again.' }),
    }),
  }),
  cause({
    name: 'bearer.expired',
    title: 'The access token has expired',
    async recognise(seen) {
      const found = await findToken(seen);
      return (
        !!found &&
        found.expiresAt <= seen.sent.at && {
          issuedAt: found.issuedAt.toISOString(),
          expiredAt: found.expiresAt.toISOString(),
        }
      );
    },
    explain: ({ facts, at, application }) => ({
      cameIn: `An access token made at ${moment(facts.issuedAt)}, presented at ${moment(at)}.`,
      expected: `It was valid until ${moment(facts.expiredAt)}, ${span(facts.expiredAt, at)} before.`,
      todo: [
        application.grantTypes.includes('refresh_token')
          ? 'Get a new one with the refresh token, before `expires_in` seconds are over or when this answer comes.'
          : 'Allow the application refresh tokens in its settings, or begin a new sign-in.',
        'If it was just made: compare the clocks.',
      ],
    }),
  }),
  cause({
    name: 'bearer.no_person',
    title: 'The token stands for the application itself, not for a person',
    async recognise(seen) {
      const found =
        seen.refused.error === 'insufficient_scope' || isInvalid(seen) ? await seen.look.bearer() : undefined;
      return !!found && found.accountId === null && {};
    },
    explain: () => ({
      cameIn: 'An access token of the client credentials grant.',
      expected: 'A token of a person: this address tells who that is.',
      todo: [
        'Let somebody sign in (authorization code), or do not ask who it is: with client credentials there is nobody.',
      ],
    }),
  }),
  cause({
    name: 'bearer.scope',
    title: 'The token lacks the scope that is needed',
    async recognise(seen) {
      if (seen.refused.error !== 'insufficient_scope') return false;
      const found = await seen.look.bearer();
      return !!found && { granted: found.scope?.split(' ') ?? [] };
    },
    explain: ({ facts, endpoint }) => {
      const needed = endpoint === 'userinfo' ? 'openid' : 'read';
      return {
        cameIn: `A token with ${facts.granted.length ? code(facts.granted.join(' ')) : 'no scope'}.`,
        expected: `A token with the scope ${code(needed)}.`,
        todo: [
          `Ask for ${code(needed)} in the authorization request, together with what else you need. The person may have unticked it.`,
        ],
      };
    },
  }),
  cause({
    name: 'bearer.revoked',
    title: 'The access token was revoked',
    async recognise(seen) {
      const found = seen.refused.error === 'invalid_token' ? await findToken(seen) : undefined;
      if (!found) return false;
      const end = 'grant' in found ? await seen.look.endOf(found) : undefined;
      return { issuedAt: found.issuedAt.toISOString(), ...endFacts(end) };
    },
    explain: ({ facts }) => ({
      cameIn: `An access token made at ${moment(facts.issuedAt)} whose sign-in was ended since.`,
      expected: `A sign-in that still stands. ${tellEnd(facts)}`,
      todo: [
        'Begin a new sign-in.',
        'Look whether a problem with a code or refresh token is listed here shortly before.',
      ],
    }),
  }),
];
