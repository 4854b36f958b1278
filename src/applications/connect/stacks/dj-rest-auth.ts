import { ALLAUTH_PROVIDER, exampleSnippets, valuesOf } from '../example-file.js';
import { isPublic, lacksGrant, lacksReadScope, requiresPkce } from '../obstacles.js';
import type { Stack } from '../stack.js';

export const djRestAuth: Stack = {
  name: 'dj-rest-auth',
  title: 'dj-rest-auth',
  family: 'Python',
  sentence:
    'A single-page app whose back end, on the same origin, takes the code and answers with a JWT in cookies. Run with dj-rest-auth 7, django-allauth 65 and SimpleJWT 5 on Django 5.2.',
  usualSite: 'http://localhost:8001',
  findObstacle: (application) =>
    isPublic(application) ??
    lacksGrant(application, 'authorization_code') ??
    lacksReadScope(application) ??
    requiresPkce(application),
  redirectUriOf: (site) => `${site}/callback`,
  snippetsFor: (connection) =>
    exampleSnippets(
      {
        'requirements.txt': 'dj-rest-auth/requirements.txt',
        'settings.py': 'dj-rest-auth/settings.py',
        'urls.py': 'dj-rest-auth/urls.py',
        'views.py': 'dj-rest-auth/views.py',
        ...ALLAUTH_PROVIDER,
        'sign-in.js': 'dj-rest-auth/templates/sign-in.js',
      },
      valuesOf(connection),
    ),
};
