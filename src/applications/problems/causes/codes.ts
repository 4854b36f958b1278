/** The exchange of an authorization code, at the token endpoint. */
import { cause, code, moment, type Seen, span } from '../cause.js';
import { compareWithAll } from '../compare-uris.js';
import { maskUri } from '../redact.js';
import { sentValue } from '../sent-request.js';
import { endFacts, tellEnd } from '../told-ends.js';

const isExchange = ({ sent }: Seen) => sentValue(sent, 'grant_type') === 'authorization_code';

const isRefused = (seen: Seen) => isExchange(seen) && seen.refused.error === 'invalid_grant';

/** The code, when it is one of the client that presents it. */
async function ownCode(seen: Seen) {
  const found = isRefused(seen) ? await seen.look.code() : undefined;
  return found?.clientId === seen.application.clientId ? found : undefined;
}

const registeredOf = ({ application }: Seen) => application.redirectUris;

export const codes = [
  cause({
    name: 'code.missing',
    title: 'The parameter code is missing',
    recognise: (seen) =>
      isExchange(seen) && seen.refused.error === 'invalid_request' && !sentValue(seen.sent, 'code') && {},
    explain: () => ({
      cameIn: '`grant_type=authorization_code` without a `code`.',
      expected: 'The `code` from the query of the address that the person came back to.',
      todo: [
        'Look whether that address had `error` in place of `code`: then the sign-in itself was refused, and is listed here by itself.',
      ],
    }),
  }),
  cause({
    name: 'code.used',
    title: 'The authorization code was used before',
    async recognise(seen) {
      const found = await ownCode(seen);
      return (
        !!found?.consumedAt && {
          issuedAt: found.issuedAt.toISOString(),
          usedAt: found.consumedAt.toISOString(),
        }
      );
    },
    explain: ({ facts, at }) => ({
      cameIn: `The same code twice: it was used at ${moment(facts.usedAt)}, and presented again ${span(facts.usedAt, at)} later, at ${moment(at)}.`,
      expected:
        'A code works once (RFC 6749 4.1.2). A second use may be somebody who has picked it up, so that the tokens of the first were revoked with it.',
      todo: [
        'Look what calls the callback twice: a page that is reloaded, React in strict mode that runs effects twice, a retry after a time-out, a link preview.',
        'Exchange the code once, and then lead the browser away from the address it is in.',
      ],
    }),
  }),
  cause({
    name: 'code.expired',
    title: 'The authorization code was presented too late',
    async recognise(seen) {
      const found = await ownCode(seen);
      return (
        !!found &&
        found.expiresAt <= seen.sent.at && {
          issuedAt: found.issuedAt.toISOString(),
          expiredAt: found.expiresAt.toISOString(),
        }
      );
    },
    explain: ({ facts, at, config }) => ({
      cameIn: `A code made at ${moment(facts.issuedAt)} and presented ${span(facts.issuedAt, at)} later, at ${moment(at)}.`,
      expected: `It was valid until ${moment(facts.expiredAt)}: a code lasts ${config.lifetimes.authorizationCode} seconds, and ends at once after three wrong verifiers.`,
      todo: [
        'Exchange the code as soon as the person comes back, and do not keep it: a new sign-in gives a new one.',
      ],
    }),
  }),
  cause({
    name: 'code.of_another',
    title: 'The code was issued to another application',
    async recognise(seen) {
      const found = isRefused(seen) ? await seen.look.code() : undefined;
      if (!found || found.clientId === seen.application.clientId) return false;
      const sibling = await seen.look.siblingOf(seen.application, found.clientId);
      return { name: sibling?.name ?? '', clientId: sibling?.clientId ?? '' };
    },
    explain: ({ facts, application }) => ({
      cameIn: `The client id of ${code(application.name)}, with a code that was issued to ${facts.name ? code(facts.name) : 'another application'}.`,
      expected: 'The same client id in the authorization request and in the token request.',
      todo: [
        facts.clientId
          ? `Use ${code(application.clientId)} at both, or ${code(facts.clientId)} at both: mostly front end and back end have different settings.`
          : 'Compare the client id of the front end, which begins the sign-in, with the one of the back end, which exchanges the code.',
      ],
    }),
  }),
  cause({
    name: 'code.redirect_uri',
    title: 'The redirect URI is not the one of the authorization request',
    async recognise(seen) {
      const found = await ownCode(seen);
      const began = found?.details.redirectUri;
      const now = sentValue(seen.sent, 'redirect_uri');
      if (typeof began !== 'string' || now === undefined || now === began) return false;
      return { began: maskUri(began, registeredOf(seen)), now: maskUri(now, registeredOf(seen)) };
    },
    explain: ({ facts }) => ({
      cameIn: `${code(facts.now)} in the token request.`,
      expected: `${code(facts.began)}, as the authorization request had it: both must be identical (RFC 6749 4.1.3).`,
      todo: [
        'Take the redirect URI of both requests from one setting.',
        'Behind a proxy, an application that builds it from the request often gets http instead of https, or another host: tell it its public address.',
      ],
      comparisons: compareWithAll(facts.now, [facts.began]),
    }),
  }),
  cause({
    name: 'code.redirect_uri_missing',
    title: 'The redirect URI is missing in the token request',
    recognise: (seen) =>
      isExchange(seen) &&
      seen.refused.error === 'invalid_request' &&
      !sentValue(seen.sent, 'redirect_uri') &&
      /redirect_uri/.test(seen.refused.detail) &&
      {},
    explain: () => ({
      cameIn: 'A code without `redirect_uri`, although the authorization request had one.',
      expected:
        'The same `redirect_uri` again (RFC 6749 4.1.3): it shows that the code goes where it was sent.',
      todo: ['Send the `redirect_uri` of the authorization request along with the code.'],
    }),
  }),
  cause({
    name: 'code.revoked',
    title: 'The sign-in that the code belongs to was taken back',
    async recognise(seen) {
      const found = await ownCode(seen);
      return !!found && (!found.grant || !found.holder) && endFacts(await seen.look.endOf(found));
    },
    explain: ({ facts }) => ({
      cameIn: 'A code whose sign-in does not exist any more.',
      expected: `A code that is exchanged while the person still allows it. ${tellEnd(facts)}`,
      todo: ['Begin a new sign-in.'],
    }),
  }),
  cause({
    name: 'code.unknown',
    title: 'There is no such authorization code',
    async recognise(seen) {
      const isGone = isRefused(seen) && sentValue(seen.sent, 'code') && !(await seen.look.code());
      return !!isGone && { length: (sentValue(seen.sent, 'code') ?? '').length };
    },
    explain: ({ facts }) => ({
      cameIn: `A code of ${facts.length} characters that this server has not issued, or has issued more than a day ago.`,
      expected: 'The `code` exactly as it was in the address that the person came back to.',
      todo: [
        'Look whether it is cut off, or encoded once too often: frameworks decode the query by themselves.',
        'Look whether the sign-in was made at another server, such as staging.',
      ],
    }),
  }),
];
