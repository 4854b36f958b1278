/** The grant refresh_token, at the token endpoint. */
import { cause, code, moment, type Seen, span } from '../cause.js';
import { sentValue } from '../sent-request.js';
import { endFacts, tellEnd } from '../told-ends.js';

const isRefresh = ({ sent }: Seen) => sentValue(sent, 'grant_type') === 'refresh_token';
const isRefused = (seen: Seen) => isRefresh(seen) && seen.refused.error === 'invalid_grant';

async function ownToken(seen: Seen) {
  const found = isRefused(seen) ? await seen.look.refreshToken() : undefined;
  return found?.clientId === seen.application.clientId ? found : undefined;
}

const AGAIN = 'The person has to sign in again.';

export const refreshTokens = [
  cause({
    name: 'refresh_token.missing',
    title: 'The parameter refresh_token is missing',
    recognise: (seen) =>
      isRefresh(seen) &&
      seen.refused.error === 'invalid_request' &&
      !sentValue(seen.sent, 'refresh_token') &&
      {},
    explain: () => ({
      cameIn: '`grant_type=refresh_token` without a `refresh_token`.',
      expected: 'The refresh token that the last answer had.',
      todo: [
        'Look whether it is stored: every refresh answers with a new one, which takes the place of the old.',
      ],
    }),
  }),
  cause({
    name: 'refresh_token.used',
    title: 'The refresh token was used before',
    async recognise(seen) {
      const found = await ownToken(seen);
      return (
        !!found?.consumedAt && {
          issuedAt: found.issuedAt.toISOString(),
          usedAt: found.consumedAt.toISOString(),
        }
      );
    },
    explain: ({ facts, at, application, config }) => {
      const grace = application.refreshGracePeriod ?? config.lifetimes.refreshGracePeriod;
      return {
        cameIn: `A refresh token that was used at ${moment(facts.usedAt)}, and again ${span(facts.usedAt, at)} later, at ${moment(at)}.`,
        expected: `Each refresh token once; the answer has the next one. Within ${grace} seconds, and until the next one is used, the same answer is given again, so that two tabs or a lost answer do no harm. Later it may be somebody who has stolen it: every token of that sign-in was revoked (RFC 9700 4.14.2).`,
        todo: [
          AGAIN,
          'Store the new refresh token of every answer before anything else is done with it.',
          'Where several processes share it, let one of them refresh at a time, or read it anew before each refresh.',
          'If nothing of yours sent it the second time, somebody else has it: look how it could be read.',
        ],
      };
    },
  }),
  cause({
    name: 'refresh_token.expired',
    title: 'The refresh token has expired',
    async recognise(seen) {
      const found = await ownToken(seen);
      if (!found) return false;
      const until =
        found.grant && found.grant.expiresAt < found.expiresAt ? found.grant.expiresAt : found.expiresAt;
      return (
        until <= seen.sent.at && { issuedAt: found.issuedAt.toISOString(), expiredAt: until.toISOString() }
      );
    },
    explain: ({ facts, at }) => ({
      cameIn: `A refresh token made at ${moment(facts.issuedAt)}, presented at ${moment(at)}.`,
      expected: `It was valid until ${moment(facts.expiredAt)}, ${span(facts.expiredAt, at)} before.`,
      todo: [
        AGAIN,
        'If that comes too early, set a longer lifetime of refresh tokens in the settings of the application.',
      ],
    }),
  }),
  cause({
    name: 'refresh_token.email_not_verified',
    title: 'The person has not confirmed their email address',
    recognise: (seen) => isRefused(seen) && seen.refused.reason === 'email_not_verified' && {},
    explain: () => ({
      cameIn: 'A refresh token of somebody whose email address is not confirmed.',
      expected: 'This server gives tokens only for people who have confirmed their address.',
      todo: ['Send the person through a sign-in, which asks them to confirm it.'],
    }),
  }),
  cause({
    name: 'refresh_token.revoked',
    title: 'The refresh token was revoked',
    async recognise(seen) {
      const found = await ownToken(seen);
      if (!found || (found.grant && found.holder)) return false;
      return { issuedAt: found.issuedAt.toISOString(), ...endFacts(await seen.look.endOf(found)) };
    },
    explain: ({ facts }) => ({
      cameIn: `A refresh token made at ${moment(facts.issuedAt)} that is not valid any more.`,
      expected: `A sign-in that still stands. ${tellEnd(facts)}`,
      todo: [
        AGAIN,
        'Handle this answer as the end of a sign-in, not as a failure: forget the tokens and offer to sign in.',
      ],
    }),
  }),
  cause({
    name: 'refresh_token.of_another',
    title: 'The refresh token was issued to another application',
    async recognise(seen) {
      const found = isRefused(seen) ? await seen.look.refreshToken() : undefined;
      if (!found || found.clientId === seen.application.clientId) return false;
      const sibling = await seen.look.siblingOf(seen.application, found.clientId);
      return { name: sibling?.name ?? '' };
    },
    explain: ({ facts, application }) => ({
      cameIn: `The client id of ${code(application.name)} with a refresh token of ${facts.name ? code(facts.name) : 'another application'}.`,
      expected: 'A refresh token is good for the application it was issued to.',
      todo: [
        'Refresh with the client id and secret with which the sign-in was made. A person who moves to another application signs in there.',
      ],
    }),
  }),
  cause({
    name: 'refresh_token.is_access_token',
    title: 'An access token was sent in the place of the refresh token',
    recognise: async (seen) =>
      isRefused(seen) && (await seen.look.refreshTokenAsAccessToken()) !== undefined && {},
    explain: ({ application }) => ({
      cameIn: 'An access token as `refresh_token`.',
      expected: 'The `refresh_token` of the last answer.',
      todo: [
        'Take `refresh_token`, not `access_token`, from the answer.',
        ...(application.grantTypes.includes('refresh_token')
          ? []
          : ['This application gets no refresh tokens: switch the grant on in its settings.']),
      ],
    }),
  }),
  cause({
    name: 'refresh_token.unknown',
    title: 'There is no such refresh token',
    async recognise(seen) {
      const isGone = isRefused(seen) && !(await seen.look.refreshToken());
      return isGone && { length: (sentValue(seen.sent, 'refresh_token') ?? '').length };
    },
    explain: ({ facts }) => ({
      cameIn: `A refresh token of ${facts.length} characters that is not known here: your application has revoked it, it is long over, or it was never issued by this server.`,
      expected: 'The `refresh_token` of the last answer, complete.',
      todo: [AGAIN, 'Look whether the column or cookie it is stored in cuts it off.'],
    }),
  }),
];
