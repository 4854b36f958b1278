import { exampleFile, exampleSnippets, type Values, valuesOf } from '../example-file.js';
import { isPublic, lacksGrant, lacksReadScope, requiresPkce } from '../obstacles.js';
import type { Connection, Snippet, Stack } from '../stack.js';

const BACKEND = 'latchkey_backend.py';

/** The library adds a redirect_state to its redirect URI, which is refused where redirect URIs match exactly; it checks the state as well. */
export function backendFor({ application }: Connection, values: Values): Snippet {
  const text = exampleFile(BACKEND, values);
  const exact = '    name = "latchkey"\n    REDIRECT_STATE = False\n';
  return {
    file: BACKEND,
    text: application.redirectMatch === 'exact' ? text.replace('    name = "latchkey"\n', exact) : text,
  };
}

export const pythonSocialAuth: Stack = {
  name: 'python-social-auth',
  title: 'python-social-auth',
  family: 'Python',
  sentence:
    'A Django site with a backend that reads /profile. Run with social-auth-app-django 8 on Django 5.2.',
  usualSite: 'http://localhost:8001',
  findObstacle: (application) =>
    isPublic(application) ??
    lacksGrant(application, 'authorization_code') ??
    lacksReadScope(application) ??
    requiresPkce(application),
  redirectUriOf: (site) => `${site}/social/complete/latchkey/`,
  snippetsFor(connection) {
    const values = valuesOf(connection);
    return [
      ...exampleSnippets(
        {
          'requirements.txt': 'python-social-auth/requirements.txt',
          'settings.py': 'python-social-auth/settings.py',
          'urls.py': 'python-social-auth/urls.py',
          'templates/sign-in.html': 'python-social-auth/templates/sign-in.html',
        },
        values,
      ),
      backendFor(connection, values),
    ];
  },
};
