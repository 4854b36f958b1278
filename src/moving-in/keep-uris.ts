/** Which redirect URIs of an application come over. */
import type { ClientType } from '../applications/application.js';
import { findRedirectUriProblem } from '../applications/redirect-uris/redirect-uris.js';
import { type Report, remark } from './report.js';

interface Application {
  name: string;
  clientType: ClientType;
}

/** Those that cannot be served safely stay behind; those that would not be registered today come, and are told. */
export function keepUris(
  uris: string[],
  { name, clientType }: Application,
  { report, allowedSchemes }: { report: Report; allowedSchemes: string[] },
): string[] {
  return [...new Set(uris)].filter((uri) => {
    const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(uri)?.[1]?.toLowerCase() ?? '';
    const fault = findRedirectUriProblem(uri.replace(/^http:/i, 'https:'), {
      clientType: 'public',
      allowedSchemes: [...allowedSchemes, 'https', scheme],
    });
    if (fault) {
      remark(report.left, 'applications', `a redirect URI that ${fault}`, `${name}: ${uri}`);
      return false;
    }
    const problem = findRedirectUriProblem(uri, { clientType, allowedSchemes });
    if (problem) {
      const reason = `kept, but the next change of the application will not pass with a redirect URI that ${problem}`;
      remark(report.changed, 'applications', reason, `${name}: ${uri}`);
    }
    return true;
  });
}

/** null: those of the redirect URIs, as where none was listed. */
export function keepOrigins(origins: string[], change: (reason: string) => void): string[] | null {
  const plain = origins.filter(
    (origin) => /^https?:/.test(origin) && !origin.includes('*') && URL.canParse(origin),
  );
  if (plain.length < origins.length)
    change('an allowed origin with a wildcard, or that is none, stays behind');
  return plain.length ? [...new Set(plain.map((origin) => new URL(origin).origin))] : null;
}
