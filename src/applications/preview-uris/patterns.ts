/**
 * Which redirect URIs of preview deployments may be added: the owner approves a pattern once, in which one `*` stands for
 * letters, digits and hyphens within a single label of the host. The pattern bounds what a script may add; what is added
 * is then compared letter by letter, as every redirect URI is (RFC 9700 2.1).
 */

// At least one letter of the label is fixed beside the *, and all that is right of the label, so that nobody's host but the
// deployment's fits: https://*--site.netlify.app/cb takes deploy-42--site.netlify.app and refuses 1--evil-site.netlify.app.
const PATTERN = /^https:\/\/([a-z0-9-]*\*[a-z0-9-]*)((?:\.[a-z0-9-]+)+)(:\d{1,5})?(\/[A-Za-z0-9\-._~/%]*)?$/;

const MAX_LENGTH = 300;

/** Right below a top-level domain, anybody can register a name that fits: *-site.app is evil-site.app as well. */
const TOP_LEVEL = /^\.[a-z0-9-]+$/;

/** @returns a sentence for the owner who wants to approve the pattern, or undefined when it may be */
export function findPatternProblem(pattern: string): string | undefined {
  if (pattern.length > MAX_LENGTH) return `It is longer than ${MAX_LENGTH} characters.`;
  const parts = PATTERN.exec(pattern);
  if (!parts)
    return 'Write https://, one * in the first part of a host written in small letters, and a path: https://*--site.netlify.app/callback';
  const [, label = '', suffix = ''] = parts;
  if (label.replaceAll('-', '') === '*')
    return 'Beside the * there has to be a part of the name that is yours, such as *--site: a * alone lets in the deployments of everybody.';
  const before = label.slice(0, label.indexOf('*'));
  const after = label.slice(label.indexOf('*') + 1);
  if ((before && !before.endsWith('-')) || (after && !after.startsWith('-')))
    return 'Between the * and your part of the name there has to be a hyphen: *site would let in evilsite.';
  return TOP_LEVEL.test(suffix)
    ? 'The host needs a domain of at least two parts after the *, such as netlify.app.'
    : undefined;
}

export function fitsPattern(pattern: string, uri: string): boolean {
  const escaped = pattern.split('*').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${escaped.join('[a-z0-9](?:[a-z0-9-]*[a-z0-9])?')}$`).test(uri);
}
