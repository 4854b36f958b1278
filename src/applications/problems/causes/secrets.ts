/** The client is known; the secret is not the one it should be. */

import { SECRET_FORMAT } from '../../secrets/client-secrets.js';
import { hashKindOf, withoutQuotes } from '../../secrets/looks-like.js';
import type { WhyEnded } from '../../secrets/retired-secrets.js';
import { cause, code, moment, type Seen } from '../cause.js';
import { trimmed } from '../find-whose.js';
import { sentSecret } from '../sent-request.js';

const PLACEHOLDER =
  /^<?\[?(your|my|the)?[-_ ]?(client|app)?[-_ ]?secret([-_ ]?(here|key))?\]?>?$|^(changeme|xxx+|todo|secret)$/i;

const isRefused = ({ refused, application, foundBy }: Seen) =>
  refused.error === 'invalid_client' && foundBy === 'client_id' && application.disabledAt === null;

const isConfidential = (seen: Seen) => isRefused(seen) && seen.application.clientType === 'confidential';

const secretOf = (seen: Seen) => sentSecret(seen.sent) ?? '';

async function findLike(seen: Seen, candidate: string) {
  return candidate ? seen.look.secretsLike(seen.application, [candidate]) : [];
}

/** One of this application that has ended within the last days. */
const ended = (why: WhyEnded) => async (seen: Seen) => {
  if (!isConfidential(seen) || secretOf(seen) === '') return false;
  const found = await seen.look.endedSecret(seen.application, secretOf(seen));
  const { name = '', hint = '', endedAt } = found ?? {};
  return found?.why === why && endedAt !== undefined && { name, hint, endedAt: endedAt.toISOString() };
};

const COPY =
  'A secret is shown once, when it is made. If you do not have it any more, add another one under Secrets of the application, put it in, and retire the old one.';

export const secrets = [
  cause({
    name: 'secret.of_public',
    title: 'A public client has sent a secret',
    recognise: (seen) =>
      isRefused(seen) && seen.application.clientType === 'public' && secretOf(seen) !== '' && {},
    explain: ({ application }) => ({
      cameIn: 'A client secret, although this application is a public client and has none.',
      expected: `\`client_id=${application.clientId}\` in the body and no secret: a public client proves itself with PKCE.`,
      todo: [
        'Leave the secret out: in most libraries an empty secret and the method `none`.',
        'Or make the application confidential in its settings, if it runs on a server where a secret can be kept.',
      ],
      ...(application.clientType === 'public' ? {} : { settled: 'The application is confidential now.' }),
    }),
  }),
  cause({
    name: 'secret.missing',
    title: 'A confidential client has sent no secret',
    recognise: (seen) => isConfidential(seen) && sentSecret(seen.sent) === undefined && {},
    explain: ({ application }) => ({
      cameIn: 'The client id and no secret.',
      expected: `${code(application.name)} is confidential: it proves itself with its secret, by \`Authorization: Basic\` or as \`client_secret\` in the body.`,
      todo: [
        'Look whether the secret is set where your application runs, and whether your library is told to send it.',
        'If it runs in a browser or on a phone, it cannot keep a secret: register it as a public client.',
      ],
      ...(application.clientType === 'public' ? { settled: 'The application is a public client now.' } : {}),
    }),
  }),
  cause({
    name: 'secret.empty',
    title: 'The secret is empty',
    recognise: (seen) => isConfidential(seen) && secretOf(seen).trim() === '' && {},
    explain: () => ({
      cameIn: 'A secret without any character.',
      expected: 'The secret that was shown when it was made.',
      todo: ['Mostly the environment variable it comes from is not set where the application runs.', COPY],
    }),
  }),
  cause({
    name: 'secret.is_client_id',
    title: 'The client id was sent as the secret',
    recognise: (seen) => isConfidential(seen) && trimmed(secretOf(seen)) === seen.application.clientId && {},
    explain: () => ({
      cameIn: 'The client id twice: as id and as secret.',
      expected: 'The secret, which is 128 characters long when this server has made it.',
      todo: ['Set the secret.', COPY],
    }),
  }),
  cause({
    name: 'secret.placeholder',
    title: 'The secret is still the placeholder of an example',
    recognise: (seen) => isConfidential(seen) && PLACEHOLDER.test(withoutQuotes(secretOf(seen))) && {},
    explain: () => ({
      cameIn: 'A word such as `CLIENT_SECRET`, which stands in examples where the secret belongs.',
      expected: 'The secret of the application.',
      todo: ['Put the secret in its place.', COPY],
    }),
  }),
  cause({
    name: 'secret.white_space',
    title: 'The secret is right, with white space or quotes around it',
    recognise: async (seen) => {
      const secret = secretOf(seen);
      const more = secret.length - withoutQuotes(secret).length;
      if (!isConfidential(seen) || !more) return false;
      const [found] = await findLike(seen, withoutQuotes(secret));
      return (
        found !== undefined && {
          hint: found.hint,
          isQuoted: withoutQuotes(secret).length < secret.trim().length,
          more,
        }
      );
    },
    explain: ({ facts }) => ({
      cameIn: `The secret that ends in ${code(facts.hint)}, with ${facts.more} more character${facts.more === 1 ? '' : 's'} around it${facts.isQuoted ? ', quotes among them' : ''}.`,
      expected: 'The secret alone.',
      todo: [
        'Take the white space or the quotes out of the setting: `docker --env-file` keeps quotes, and `echo` adds a line break where `printf` adds none.',
      ],
    }),
  }),
  cause({
    name: 'secret.encoded',
    title: 'The secret is right, but percent-encoded',
    recognise: async (seen) => {
      const secret = secretOf(seen);
      if (!isConfidential(seen) || trimmed(secret).length >= secret.length) return false;
      const [found] = await findLike(seen, trimmed(secret));
      return found !== undefined && { hint: found.hint };
    },
    explain: ({ facts }) => ({
      cameIn: `The secret that ends in ${code(facts.hint)}, percent-encoded once too often.`,
      expected: 'The secret encoded once, as the form or the header needs it.',
      todo: ['Your library encodes by itself: give it the secret as it was shown.'],
    }),
  }),
  cause({
    name: 'secret.expired',
    title: 'The secret has expired',
    recognise: ended('expired'),
    explain: ({ facts, at }) => ({
      cameIn: `At ${moment(at)} the secret that ends in ${code(facts.hint)}.`,
      expected: `A secret that is valid. This one was until ${moment(facts.endedAt)}: it was replaced by a newer one, or had an end from the beginning.`,
      todo: ['Put the newer secret in wherever the application runs.', COPY],
    }),
  }),
  cause({
    name: 'secret.retired',
    title: 'The secret was retired',
    recognise: ended('retired'),
    explain: ({ facts, at }) => ({
      cameIn: `At ${moment(at)} the secret that ends in ${code(facts.hint)}${facts.name ? ` (${code(facts.name)})` : ''}.`,
      expected: `A secret that is valid. This one was retired at ${moment(facts.endedAt)}.`,
      todo: ['Something still runs with the old secret: put the newer one in there as well.', COPY],
    }),
  }),
  cause({
    name: 'secret.leaked',
    title: 'The secret was revoked because it was found in public',
    recognise: ended('leaked'),
    explain: ({ facts, at }) => ({
      cameIn: `At ${moment(at)} the secret that ends in ${code(facts.hint)}${facts.name ? ` (${code(facts.name)})` : ''}.`,
      expected: `A secret that only you know. This one was found where others can read it, and revoked at ${moment(facts.endedAt)}.`,
      todo: [
        'Add another secret under Secrets of the application, and put it in wherever the application runs.',
        'Look where it was public (a repository, a log, a page) and take it away there. If this request was none of yours, somebody has found it.',
      ],
    }),
  }),
  cause({
    name: 'secret.of_another',
    title: 'The secret is the one of another application of yours',
    recognise: async (seen) => {
      if (!isConfidential(seen)) return false;
      const [found] = await findLike(seen, withoutQuotes(secretOf(seen)));
      return (
        found !== undefined &&
        found.applicationId !== seen.application.id && {
          hint: found.hint,
          name: found.applicationName,
          clientId: found.clientId,
        }
      );
    },
    explain: ({ facts, application }) => ({
      cameIn: `The client id of ${code(application.name)} with the secret ending in ${code(facts.hint)}, which is one of ${code(facts.name)}.`,
      expected: 'Id and secret of the same application.',
      todo: [
        `Use the secret of ${code(application.name)}, or the client id ${code(facts.clientId)} of the other.`,
      ],
    }),
  }),
  // After those that know the secret: one that somebody has chosen may look like a hash.
  cause({
    name: 'secret.hash',
    title: 'The secret that was sent is a hash',
    recognise: (seen) => {
      const kind = hashKindOf(withoutQuotes(secretOf(seen)));
      return isConfidential(seen) && kind !== undefined && { kind };
    },
    explain: ({ facts }) => ({
      cameIn: facts.kind.endsWith('$')
        ? `A secret that begins with ${code(facts.kind)}: that is how a secret is stored, not the secret.`
        : `64 hexadecimal digits, as a bare ${facts.kind} has: that is how a secret is stored, not the secret.`,
      expected: 'The secret in clear. It cannot be got back from its hash.',
      todo: [
        'It was probably copied from the admin or the database of a Django OAuth Toolkit server, which shows the hash once the secret is saved.',
        COPY,
      ],
    }),
  }),
  cause({
    name: 'secret.cut',
    title: 'The secret is cut off, or changed on the way',
    recognise: (seen) => {
      const secret = secretOf(seen);
      const isCut = secret.startsWith(SECRET_FORMAT.prefix) && !SECRET_FORMAT.isWellFormed(secret);
      return isConfidential(seen) && isCut && { length: secret.length };
    },
    explain: ({ facts }) => ({
      cameIn: `A secret of ${facts.length} characters that begins as those of this server do, and whose checksum is wrong.`,
      expected: 'The 128 characters of the secret, as they were shown.',
      todo: [
        facts.length < 128
          ? 'Some are missing: look whether a field of a form or a column of a database cuts it off.'
          : 'Some were changed or added: copy it anew.',
        COPY,
      ],
    }),
  }),
  cause({
    name: 'secret.wrong',
    title: 'The secret is not one of this application',
    recognise: (seen) =>
      isConfidential(seen) &&
      seen.refused.detail === 'invalid secret provided' && { length: secretOf(seen).length },
    explain: ({ facts }) => ({
      cameIn: `A secret of ${facts.length} characters that is not, and has not lately been, one of this application.`,
      expected: `One of its secrets. Those that this server makes are 128 characters long${facts.length < 128 ? ', so that some may be missing from the one that was sent' : ''}.`,
      todo: [
        'Compare its last four characters with those under Secrets of the application. A secret that was retired there is gone.',
        COPY,
      ],
    }),
  }),
];
