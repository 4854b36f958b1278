/** Where people come back to, and whose scripts may call. */
import type { ClientType, GrantType } from '../application.js';
import { findRedirectUriProblem } from '../redirect-uris/redirect-uris.js';
import { KINDS } from './kinds.js';
import { quote } from './quote.js';
import { type Checking, MAX_URIS } from './rules.js';

export const TOO_MANY_URIS = (count: number): string =>
  `Register at most ${MAX_URIS} URIs; these are ${count}.`;

export function checkRedirectUris(
  checking: Checking,
  clientType: ClientType,
  grantTypes: GrantType[],
): string[] {
  const { input, rules, kind, errors } = checking;
  const hasCode = grantTypes.includes('authorization_code');
  // A form that says it is a kind to which nobody comes back: what stands in the field is left from another kind.
  if (input.kind && !KINDS[kind].hasRedirectUris && !hasCode) return [];
  const uris = checkList(checking, 'redirectUris', (uri) =>
    findRedirectUriProblem(uri, { clientType, kind, ...rules.redirectUris }),
  );
  if (hasCode && !uris.length)
    errors.redirectUris = 'The authorization code grant needs at least one redirect URI.';
  return uris;
}

export function checkPostLogoutRedirectUris(checking: Checking, clientType: ClientType): string[] {
  const { allowedSchemes } = checking.rules.redirectUris;
  return checkList(checking, 'postLogoutRedirectUris', (uri) =>
    findRedirectUriProblem(uri, { clientType, allowedSchemes }),
  );
}

function checkList(
  { input, current, errors }: Checking,
  field: 'redirectUris' | 'postLogoutRedirectUris',
  findProblem: (uri: string) => string | undefined,
): string[] {
  const uris = [...new Set(input[field] ?? current?.[field])];
  if (uris.length > MAX_URIS) {
    errors[field] = TOO_MANY_URIS(uris.length);
    return uris;
  }
  const problems = uris.flatMap((uri) => {
    const problem = findProblem(uri);
    return problem ? [`${quote(uri)} ${problem}`] : [];
  });
  if (problems.length) errors[field] = problems.join('\n');
  return uris;
}

export function checkOrigins({ input, current, errors }: Checking): string[] | null {
  const origins = [...new Set(input.corsOrigins ?? current?.corsOrigins)];
  const wrong = origins.filter(
    (value) => !/^https?:\/\//.test(value) || !URL.canParse(value) || new URL(value).origin !== value,
  );
  if (origins.length > MAX_URIS) errors.corsOrigins = `List at most ${MAX_URIS} origins.`;
  else if (wrong.length) {
    const rule = 'is not an origin such as https://app.example.com (lower case, no path, no default port).';
    errors.corsOrigins = wrong.map((value) => `${quote(value)} ${rule}`).join('\n');
  }
  return origins.length ? origins : null;
}
