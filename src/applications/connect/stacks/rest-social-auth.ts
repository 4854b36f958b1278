import { exampleSnippets, valuesOf } from '../example-file.js';
import { isPublic, lacksGrant, lacksReadScope, requiresPkce } from '../obstacles.js';
import type { Stack } from '../stack.js';
import { backendFor } from './python-social-auth.js';

export const restSocialAuth: Stack = {
  name: 'rest-social-auth',
  title: 'python-social-auth with rest-social-auth',
  family: 'Python',
  sentence:
    'The back end of a single-page app, which posts the code it comes back with and gets a session, a token or a JWT. Run with rest-social-auth 10, social-auth-app-django 6 and SimpleJWT 5 on Django 5.2.',
  usualSite: 'http://localhost:8001',
  findObstacle: (application) =>
    isPublic(application) ??
    lacksGrant(application, 'authorization_code') ??
    lacksReadScope(application) ??
    requiresPkce(application),
  redirectUriOf: (site) => `${site}/callback`,
  snippetsFor(connection) {
    const values = valuesOf(connection);
    return [
      ...exampleSnippets(
        {
          'requirements.txt': 'rest-social-auth/requirements.txt',
          'settings.py': 'rest-social-auth/settings.py',
          'urls.py': 'rest-social-auth/urls.py',
          'views.py': 'rest-social-auth/views.py',
        },
        values,
      ),
      backendFor(connection, values),
    ];
  },
};
