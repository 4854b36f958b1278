/** PKCE at the token endpoint (RFC 7636 4.5): the verifier of the challenge that the authorization request had. */
import { hash } from 'node:crypto';
import { cause, type Seen } from '../cause.js';
import { sentValue } from '../sent-request.js';

const verifierOf = ({ sent }: Seen) => sentValue(sent, 'code_verifier') ?? '';

/** The challenge of a code that is live and of this client. */
async function challengeOf(seen: Seen): Promise<string | undefined> {
  if (seen.refused.error !== 'invalid_grant') return undefined;
  const found = await seen.look.code();
  const challenge = found?.clientId === seen.application.clientId ? found.details.codeChallenge : undefined;
  return typeof challenge === 'string' ? challenge : undefined;
}

const HOW =
  'The verifier is a random text of 43 to 128 characters; the challenge is the Base64url, without `=`, of its SHA-256.';

export const verifiers = [
  cause({
    name: 'verifier.format',
    title: 'The code verifier is too short, too long, or has other characters',
    recognise: (seen) => {
      const length = verifierOf(seen).length;
      return /^code_verifier (must be|contains)/.test(seen.refused.detail) && length > 0 && { length };
    },
    explain: ({ facts }) => ({
      cameIn: `A \`code_verifier\` of ${facts.length} characters.`,
      expected: '43 to 128 characters of `A-Z a-z 0-9 - . _ ~` (RFC 7636 4.1).',
      todo: [
        facts.length < 43
          ? 'Make it from at least 32 random bytes in Base64url.'
          : 'Look whether it is encoded once too often, or has `+`, `/` or `=` of plain Base64.',
      ],
    }),
  }),
  cause({
    name: 'verifier.missing',
    title: 'The code verifier is missing',
    recognise: async (seen) => (await challengeOf(seen)) !== undefined && verifierOf(seen) === '' && {},
    explain: () => ({
      cameIn: 'A code without `code_verifier`, although its authorization request had a `code_challenge`.',
      expected: 'The `code_verifier` from which the challenge was made.',
      todo: [
        'Keep the verifier where the callback finds it: in the session of the browser that began the sign-in.',
        'If front end and back end share the work, the one that made the challenge must hand the verifier over.',
      ],
    }),
  }),
  cause({
    name: 'verifier.is_challenge',
    title: 'The challenge was sent in the place of the verifier',
    recognise: async (seen) =>
      (await challengeOf(seen)) === verifierOf(seen) && verifierOf(seen) !== '' && {},
    explain: () => ({
      cameIn: 'The `code_challenge` again, as the `code_verifier`.',
      expected: `The text that the challenge was made from. ${HOW}`,
      todo: ['Keep the verifier, not the challenge, for the token request.'],
    }),
  }),
  cause({
    name: 'verifier.was_plain',
    title: 'The challenge is the verifier itself, not its hash',
    recognise: async (seen) => {
      const challenge = await challengeOf(seen);
      const verifier = verifierOf(seen);
      if (!challenge || !verifier) return false;
      // The hash in hex or in plain Base64, or not hashed but encoded.
      const likely = [
        Buffer.from(verifier).toString('base64url'),
        hash('sha256', verifier, 'hex'),
        hash('sha256', verifier, 'base64'),
        Buffer.from(hash('sha256', verifier, 'hex')).toString('base64url'),
      ];
      return likely.includes(challenge) && {};
    },
    explain: () => ({
      cameIn:
        'A challenge that was made from this verifier in another way than S256: without the hash, or from the hash in hex.',
      expected: HOW,
      todo: [
        'Take the SHA-256 as bytes and encode those in Base64url: in Node.js `createHash("sha256").update(verifier).digest("base64url")`.',
      ],
    }),
  }),
  cause({
    name: 'verifier.mismatch',
    title: 'The code verifier does not belong to the challenge',
    recognise: async (seen) => {
      const challenge = await challengeOf(seen);
      const verifier = verifierOf(seen);
      return (
        !!challenge &&
        !!verifier &&
        hash('sha256', verifier, 'base64url') !== challenge && { length: verifier.length }
      );
    },
    explain: ({ facts }) => ({
      cameIn: `A \`code_verifier\` of ${facts.length} characters whose SHA-256 is not the \`code_challenge\` of the sign-in.`,
      expected: `The verifier of this very sign-in. ${HOW} With the third wrong one the code ends.`,
      todo: [
        'Mostly a second sign-in, in another tab or by a page that loads twice, has overwritten the stored verifier: store it by `state`.',
      ],
    }),
  }),
  cause({
    name: 'verifier.unexpected',
    title: 'A code verifier was sent, but the sign-in had no challenge',
    recognise: async (seen) => {
      if (seen.refused.error !== 'invalid_grant' || verifierOf(seen) === '') return false;
      const found = await seen.look.code();
      return (
        found?.clientId === seen.application.clientId && typeof found.details.codeChallenge !== 'string' && {}
      );
    },
    explain: () => ({
      cameIn: 'A `code_verifier` for a code whose authorization request had no `code_challenge`.',
      expected: 'Both or none (RFC 9700 2.1.1): a verifier without a challenge protects nothing.',
      todo: [
        'Send `code_challenge` and `code_challenge_method=S256` in the authorization request. Look whether something on the way has dropped them.',
      ],
    }),
  }),
];
