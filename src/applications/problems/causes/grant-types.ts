/** The parameter grant_type of the token endpoint. */

import { DEVICE_CODE, GRANT_TYPES, type GrantType } from '../../application.js';
import { GRANT_LABELS } from '../../settings/grant-labels.js';
import { cause, code, listOf, type Repair, type Seen } from '../cause.js';
import { nearest } from '../nearest.js';
import { maskTokens } from '../redact.js';
import { sentValue } from '../sent-request.js';

const sentType = ({ sent }: Seen) => sentValue(sent, 'grant_type') ?? '';

const isGrantType = (text: string): text is GrantType => GRANT_TYPES.some((each) => each === text);

const isUnsupported = ({ refused }: Seen) => refused.error === 'unsupported_grant_type';

const repairFor = (value: GrantType): Repair => ({
  kind: 'grant',
  value,
  ...(value === 'password'
    ? {
        warning:
          'With it the application sees the passwords of people, and second factors are of no use at it. Anybody can send such a request with your client id: allow it only if your application is meant to ask for passwords.',
      }
    : {}),
});

export const grantTypes = [
  cause({
    name: 'grant_type.missing',
    title: 'The parameter grant_type is missing',
    recognise: (seen) => isUnsupported(seen) && sentType(seen) === '' && { isEmpty: !seen.sent.body.length },
    explain: ({ facts, application }) => ({
      cameIn: facts.isEmpty ? 'A request without any parameter in its body.' : 'A body without `grant_type`.',
      expected: `One of those this application may use: ${listOf(application.grantTypes)}.`,
      todo: [
        facts.isEmpty
          ? 'The body was empty, or of a type whose content was not read: send a form (`application/x-www-form-urlencoded`).'
          : 'Add `grant_type`, for instance `grant_type=authorization_code`.',
      ],
    }),
  }),
  cause({
    name: 'grant_type.switched_off',
    title: 'The grant is switched off on this server',
    recognise: (seen) =>
      isUnsupported(seen) && sentType(seen) === 'password' && !seen.config.passwordGrant && {},
    explain: ({ config }) => ({
      cameIn: '`grant_type=password`.',
      expected:
        'Another grant: whoever runs this server has switched the password grant off for all applications.',
      todo: [
        'Sign people in by the authorization code flow: it knows second factors, and your application never sees a password.',
        'For a program without people, use `client_credentials`, or a personal access token of the person it works for.',
      ],
      ...(config.passwordGrant ? { settled: 'The password grant is switched on now.' } : {}),
    }),
  }),
  cause({
    name: 'grant_type.implicit',
    title: 'The implicit grant does not exist here',
    recognise: (seen) => isUnsupported(seen) && /^(implicit|token|id_token)$/.test(sentType(seen)) && {},
    explain: () => ({
      cameIn: 'The implicit grant.',
      expected:
        'The authorization code flow with PKCE, which has taken its place for single-page and mobile apps as well (RFC 9700 2.1.2).',
      todo: [
        'Ask for `response_type=code` with a `code_challenge`, and exchange the code with `grant_type=authorization_code`.',
      ],
    }),
  }),
  cause({
    name: 'grant_type.misspelled',
    title: 'The grant type is misspelled',
    recognise: (seen) => {
      const meant = nearest(sentType(seen), GRANT_TYPES);
      return isUnsupported(seen) && meant !== undefined && { sentType: maskTokens(sentType(seen)), meant };
    },
    explain: ({ facts }) => ({
      cameIn: `${code(`grant_type=${facts.sentType}`)}.`,
      expected: `Probably ${code(facts.meant)}, spelled exactly so.`,
      todo: [`Send ${code(`grant_type=${facts.meant}`)}.`],
    }),
  }),
  cause({
    name: 'grant_type.unknown',
    title: 'This server has no such grant type',
    recognise: (seen) => isUnsupported(seen) && { sentType: maskTokens(sentType(seen).slice(0, 100)) },
    explain: ({ facts, application }) => ({
      cameIn: `${code(`grant_type=${facts.sentType}`)}.`,
      expected: `One of ${listOf(GRANT_TYPES)}; this application may use ${listOf(application.grantTypes)}.`,
      todo: ['Choose one of these.'],
    }),
  }),
  cause({
    name: 'grant_type.not_allowed',
    title: 'The application may not use this grant',
    recognise: (seen) => {
      const sent = seen.sent.endpoint === 'device_authorization' ? DEVICE_CODE : sentType(seen);
      const isRefused =
        seen.refused.error === 'unauthorized_client' ||
        /is not allowed for this client$/.test(seen.refused.detail);
      return isRefused && isGrantType(sent) && { grantType: sent };
    },
    explain: ({ facts, application }) => {
      const { label } = GRANT_LABELS[facts.grantType as GrantType];
      const isAllowed = application.grantTypes.includes(facts.grantType as GrantType);
      const mayHave = facts.grantType !== 'client_credentials' || application.clientType === 'confidential';
      return {
        cameIn: `The grant ${code(facts.grantType)} (${label}).`,
        expected: `One this application has: ${listOf(application.grantTypes)}.`,
        todo: [
          mayHave
            ? 'Switch the grant on in the settings of the application, if it is meant to use it.'
            : 'Client credentials need a secret: a public client cannot have this grant.',
        ],
        ...(isAllowed
          ? { settled: 'The application may use this grant now.' }
          : mayHave
            ? { repair: repairFor(facts.grantType as GrantType) }
            : {}),
      };
    },
  }),
];
