/** The files of examples/, filled in with an application's ids: what the portal shows is what the examples run. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../../project-folder.js';
import type { Connection, Snippet } from './stack.js';

/** What stands before it in a file is the developer's own project, which an example has to bring along. */
const MARK = '# Connect, in the developer portal, shows what follows.\n';

/** By the names of the environment's variables that the examples read. */
export type Values = Record<string, string>;

export function valuesOf({ application, endpoints, secret, site }: Connection): Values {
  return {
    // Without the /o that the issuer may end in: paths are written out.
    LATCHKEY_URL: new URL(endpoints.issuer).origin,
    SITE_URL: site,
    CLIENT_ID: application.clientId,
    CLIENT_SECRET: secret,
    ALGORITHM: application.idTokenAlg,
  };
}

/**
 * @param path below examples/
 * @param values for os.environ["NAME"] in Python, for {{ NAME }} elsewhere
 * @throws Error when it reads a variable that has no value
 */
export function exampleFile(path: string, values: Values): string {
  const find = (name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`examples/${path} reads ${name}, which has no value`);
    return value;
  };
  const text = readFileSync(join(projectFolder('examples'), path), 'utf8');
  return (text.split(MARK)[1] ?? text)
    .replaceAll(/os\.environ(?:\["(\w+)"\]|\.get\("(\w+)", "\w*"\))/g, (_, required, optional) =>
      JSON.stringify(find(required ?? optional)),
    )
    .replaceAll(/\{\{ ([A-Z_]+) \}\}/g, (_, name) => find(name));
}

/** @param files where each goes in the developer's project, and where below examples/ it is */
export function exampleSnippets(files: Record<string, string>, values: Values): Snippet[] {
  return Object.entries(files).map(([file, path]) => ({
    file,
    text: exampleFile(path, values),
    ...(SENTENCES[file] && { sentence: SENTENCES[file] }),
  }));
}

const SENTENCES: Record<string, string> = {
  'requirements.txt': 'The versions that our tests run.',
  'settings.py': 'At the end of your settings.',
  'urls.py': 'At the end of your URLs.',
  'templates/sign-in.html': 'The button, for any page of yours.',
  'sign-in.js': 'For the single-page app: signIn() where it has a button, finishSignIn() at /callback.',
};

/** A provider of django-allauth, which more than one stack uses. */
export const ALLAUTH_PROVIDER: Record<string, string> = Object.fromEntries(
  ['__init__.py', 'provider.py', 'views.py', 'urls.py']
    .map((name) => `latchkey_provider/${name}`)
    .map((path) => [path, path]),
);
