/** The parameter scope, wherever it is sent. */
import { listScopes } from '../../../scopes/scopes.js';
import { cause, code, listOf, type Seen } from '../cause.js';
import { nearest } from '../nearest.js';
import { maskTokens } from '../redact.js';
import { sentValue } from '../sent-request.js';

const isRefused = ({ refused }: Seen) => refused.error === 'invalid_scope';

const scopeOf = ({ sent }: Seen) => sentValue(sent, 'scope');
const wordsOf = (seen: Seen) => (scopeOf(seen) ?? '').split(' ').filter(Boolean);

const shown = (words: string[]) => words.slice(0, 10).map((word) => maskTokens(word.slice(0, 60)));

export const scopes = [
  cause({
    name: 'scope.empty',
    title: 'The scope is empty',
    recognise: (seen) => isRefused(seen) && scopeOf(seen)?.trim() === '' && {},
    explain: () => ({
      cameIn: 'The parameter `scope` without a value.',
      expected: 'At least one scope; or no parameter `scope` at all, for which the default scopes are given.',
      todo: ['Leave the parameter out, or name the scopes you need, separated by spaces.'],
    }),
  }),
  cause({
    name: 'scope.separator',
    title: 'The scopes are not separated by single spaces',
    recognise: (seen) => {
      const scope = scopeOf(seen) ?? '';
      const known = listScopes(seen.config.scopes);
      const words = scope.split(/[\s,;+|]+/).filter(Boolean);
      return (
        isRefused(seen) &&
        words.length > 1 &&
        words.every((word) => known.includes(word)) &&
        words.join(' ') !== scope && { words }
      );
    },
    explain: ({ facts }) => ({
      cameIn: `${listOf(facts.words)}, not separated by exactly one space.`,
      expected: `${code(`scope=${facts.words.join(' ')}`)}: one space between two scopes (RFC 6749 3.3), in a URL \`%20\` or \`+\`.`,
      todo: [
        'Join the scopes by spaces. Some libraries take a list, others one text: look which yours wants.',
      ],
    }),
  }),
  cause({
    name: 'scope.unknown',
    title: 'This server has no such scope',
    recognise: (seen) => {
      const known = listScopes(seen.config.scopes);
      const unknown = shown(wordsOf(seen).filter((word) => !known.includes(word)));
      const meant = unknown.map((word) => nearest(word, known) ?? '');
      return isRefused(seen) && unknown.length > 0 && { unknown, meant };
    },
    explain: ({ facts, config }) => ({
      cameIn: `The scope ${listOf(facts.unknown)}.`,
      expected: `Scopes of this server: ${listOf(listScopes(config.scopes))}.`,
      todo: [
        ...facts.unknown.flatMap((word, index) =>
          facts.meant[index]
            ? [`Instead of ${code(word)} you probably mean ${code(facts.meant[index])}.`]
            : [],
        ),
        'Scopes are compared letter by letter. Those of another provider, such as `user:email` of GitHub, do not exist here.',
      ],
    }),
  }),
  cause({
    name: 'scope.wider',
    title: 'A refresh asks for more than was granted',
    recognise: (seen) =>
      isRefused(seen) && seen.refused.reason === 'scope_not_granted' && { scopes: shown(wordsOf(seen)) },
    explain: ({ facts }) => ({
      cameIn: `A refresh with ${listOf(facts.scopes)}.`,
      expected: 'The scopes that the person has allowed in the sign-in, or fewer (RFC 6749 6).',
      todo: [
        'Leave `scope` out of the refresh; for more scopes the person has to be asked in a new sign-in.',
      ],
    }),
  }),
  cause({
    name: 'scope.not_allowed',
    title: 'The application may not ask for this scope',
    recognise: (seen) => {
      const { scopes: allowed } = seen.application;
      const beyond = allowed ? wordsOf(seen).filter((word) => !allowed.includes(word)) : [];
      return isRefused(seen) && beyond.length > 0 && { scopes: shown(beyond) };
    },
    explain: ({ facts, application }) => {
      const allowed = application.scopes;
      const [missing] = facts.scopes.filter((scope) => allowed && !allowed.includes(scope));
      return {
        cameIn: `The scope ${listOf(facts.scopes)}.`,
        expected: allowed
          ? `One of those the application has: ${listOf(allowed)}.`
          : 'One of the scopes of this server.',
        todo: ['Allow it in the settings of the application if it is needed, or do not ask for it.'],
        ...(missing === undefined
          ? { settled: 'The application may ask for this scope now.' }
          : { repair: { kind: 'scope', value: missing } as const }),
      };
    },
  }),
  cause({
    name: 'scope.no_default',
    title: 'No scope was named, and the application may have none of the default ones',
    recognise: (seen) => isRefused(seen) && scopeOf(seen) === undefined && {},
    explain: ({ application, config }) => ({
      cameIn: 'No parameter `scope`.',
      expected: `A request that names none is given the default scopes ${listOf(config.scopes.defaults)}; the application may ask for ${listOf(application.scopes ?? [])} only.`,
      todo: ['Name the scopes in the request, or allow a default one in the settings of the application.'],
    }),
  }),
];
