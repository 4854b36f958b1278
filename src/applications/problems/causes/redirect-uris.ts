/** The redirect URI of an authorization request: the person sees an error page, since nobody knows where to send them. */
import { fitsPattern } from '../../preview-uris/patterns.js';
import { findRedirectUriProblem, isRegistered } from '../../redirect-uris/redirect-uris.js';
import { redirectRulesOf } from '../../settings/rules.js';
import { cause, code, type Explanation, type Repair, type Told } from '../cause.js';
import { compareWithAll, type UriDifference } from '../compare-uris.js';
import { isMasked, maskUri } from '../redact.js';
import { sentValue } from '../sent-request.js';

type Difference = UriDifference;

/** What most often is behind a difference. */
const ADVICE: Partial<Record<Difference, string>> = {
  scheme:
    'http in place of https mostly means that the application stands behind a proxy and does not know it: tell it its public address (Django: `SECURE_PROXY_SSL_HEADER`; Express: `trust proxy`; Rails: `config.force_ssl`; Auth.js: `AUTH_URL`).',
  host: '`localhost`, `127.0.0.1` and a name with or without `www.` are different hosts to a comparison.',
  port: 'Development servers take another port when theirs is in use. On `http://127.0.0.1` registered without a port, any port is accepted.',
  'trailing slash': 'The slash at the end counts. Look how your framework writes the path.',
  query:
    'Parameters of the redirect URI count. If your library adds one of its own, such as `redirect_state`, allow additional query parameters in the settings.',
  'percent-encoding': 'It is encoded once too often, or not as it was registered.',
};

const hostOf = (uri: string) => (URL.canParse(uri) ? new URL(uri).hostname : '');

// At whatever port: it can only be the developer's own machine, which nobody else answers for.
const LOCALHOST_OR_ADDRESS_URI = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?([/?]|$)/i;

function originOf(uri: string): string | undefined {
  return /^https?:/i.test(uri) && URL.canParse(uri) ? new URL(uri).origin : undefined;
}

/** A button that registers what was sent, where that may be done; or why not, in a sentence. */
function repairFor(
  sent: string,
  kind: 'redirect_uri' | 'post_logout_redirect_uri',
  { application, config }: Pick<Told, 'application' | 'config'>,
): { repair?: Repair; obstacle?: string } {
  if (isMasked(sent))
    return {
      obstacle:
        'It holds values that are not kept here: register it by hand in the settings, if it is right.',
    };
  const { clientType, kind: applicationKind } = application;
  const { allowedSchemes, ownOrigin } = redirectRulesOf(config);
  // As settings/check-uris.ts has it, so that no button is refused when it is pressed.
  const problem = findRedirectUriProblem(sent, {
    clientType,
    allowedSchemes,
    ...(kind === 'redirect_uri' ? { kind: applicationKind, ownOrigin } : {}),
  });
  if (problem) return { obstacle: `As it was sent it cannot be registered: it ${problem}` };
  const host = hostOf(sent);
  const registered = [...application.redirectUris, ...application.postLogoutRedirectUris];
  // Another port or scheme of a known host may be somebody else's, and so may every address of a private network.
  const isKnown = registered.some((uri) => originOf(uri) !== undefined && originOf(uri) === originOf(sent));
  if (isKnown || LOCALHOST_OR_ADDRESS_URI.test(sent)) return { repair: { kind, value: sent } };
  return {
    repair: {
      kind,
      value: sent,
      warning: `None of the registered addresses is on ${host ? code(originOf(sent) ?? host) : 'this scheme'}. Anybody can send a request with your client id: whoever owns that address would be given the codes of people who sign in. Compare it letter by letter with the one you mean.`,
    },
  };
}

interface UriFacts {
  [name: string]: string;
  uri: string;
}

/** Of a deployment that comes and goes: what registers it for good is no repair. */
const explainPreview = (uri: string, pattern: string): Explanation => ({
  cameIn: `The redirect URI ${code(uri)}, which fits the approved preview pattern ${code(pattern)}.`,
  expected:
    'A preview redirect URI that was added and has not ended. This one has ended, was removed, or was never added: the pattern alone registers nothing.',
  todo: [
    'Add it (again) from the script that deploys the preview, with a `POST` to `/api/applications/<client id>/preview-redirect-uris`, at each deployment.',
    'If it is to stay, register it in the settings of the application.',
  ],
});

export const redirectUris = [
  cause<UriFacts>({
    name: 'redirect_uri.mismatch',
    title: 'The redirect URI is not registered',
    recognise: ({ sent, refused, application }) =>
      refused.error === 'invalid_redirect_uri' && {
        uri: maskUri(sentValue(sent, 'redirect_uri') ?? '', application.redirectUris),
      },
    explain: (told) => {
      const { facts, application, previews } = told;
      const isLivePreview = previews.uris.includes(facts.uri);
      if (isLivePreview || isRegistered(application, facts.uri)) {
        return {
          cameIn: `${code(facts.uri)}, which was not registered then.`,
          expected: 'A registered redirect URI.',
          todo: ['Try again.'],
          settled: isLivePreview
            ? 'This preview redirect URI counts as registered now.'
            : 'This redirect URI is registered now.',
        };
      }
      const pattern = previews.patterns.find((each) => fitsPattern(each, facts.uri));
      if (pattern) return explainPreview(facts.uri, pattern);
      const comparisons = compareWithAll(facts.uri, application.redirectUris);
      const [nearest] = comparisons;
      const { repair, obstacle } = repairFor(facts.uri, 'redirect_uri', told);
      return {
        cameIn: `The redirect URI ${code(facts.uri)}.`,
        expected: `One of the registered redirect URIs, letter by letter (RFC 9700 2.1)${
          nearest
            ? `. The nearest is ${code(nearest.registered)}, which differs in: ${nearest.differences.join(', ')}`
            : ''
        }.`,
        todo: [
          'If what was sent is right, register it; if not, correct it where your application is configured.',
          ...(nearest?.differences ?? []).flatMap((each) => ADVICE[each] ?? []),
          ...(obstacle ? [obstacle] : []),
        ],
        comparisons,
        ...(repair ? { repair } : {}),
      };
    },
  }),
  cause({
    name: 'redirect_uri.missing',
    title: 'The redirect URI is missing',
    recognise: ({ sent, refused }) =>
      refused.error === 'invalid_request' &&
      !sentValue(sent, 'redirect_uri') &&
      /redirect_uri/.test(refused.detail) && {
        isOpenId: (sentValue(sent, 'scope') ?? '').split(' ').includes('openid'),
      },
    explain: ({ facts, application }) => ({
      cameIn: 'An authorization request without `redirect_uri`.',
      expected: facts.isOpenId
        ? 'A `redirect_uri`: with the scope `openid` it is always required (OpenID Connect Core 3.1.2.1).'
        : `A \`redirect_uri\`: it may be left out only where a single one is registered, and here there are ${application.redirectUris.length}.`,
      todo: [`Send one of those that are registered, such as ${code(application.redirectUris[0] ?? '')}.`],
    }),
  }),
];

export const postLogoutRedirectUris = [
  cause<UriFacts>({
    name: 'post_logout_redirect_uri.mismatch',
    title: 'The address to go to after the sign-out is not registered',
    recognise: ({ sent, refused, application }) =>
      /^post_logout_redirect_uri/.test(refused.detail) && {
        uri: maskUri(sentValue(sent, 'post_logout_redirect_uri') ?? '', application.postLogoutRedirectUris),
      },
    explain: (told) => {
      const { facts, application } = told;
      if (application.postLogoutRedirectUris.includes(facts.uri)) {
        return {
          cameIn: `${code(facts.uri)}, which was not registered then.`,
          expected: 'A registered post-logout redirect URI.',
          todo: ['Try again.'],
          settled: 'This address is registered now.',
        };
      }
      const { repair, obstacle } = repairFor(facts.uri, 'post_logout_redirect_uri', told);
      return {
        cameIn: `${code(facts.uri)} as \`post_logout_redirect_uri\`.`,
        expected: application.postLogoutRedirectUris.length
          ? 'One of the registered post-logout redirect URIs, letter by letter.'
          : 'A registered one; none is. Those of the sign-in do not count here.',
        todo: [
          'Register it, or correct it where your application is configured.',
          ...(obstacle ? [obstacle] : []),
        ],
        comparisons: compareWithAll(facts.uri, application.postLogoutRedirectUris),
        ...(repair ? { repair } : {}),
      };
    },
  }),
];
