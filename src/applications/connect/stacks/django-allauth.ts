import { ALLAUTH_PROVIDER, exampleSnippets, valuesOf } from '../example-file.js';
import { isPublic, lacksGrant, lacksReadScope } from '../obstacles.js';
import type { Stack } from '../stack.js';

export const djangoAllauth: Stack = {
  name: 'django-allauth',
  title: 'django-allauth, custom provider',
  family: 'Python',
  sentence:
    'A Django site with a provider that reads /profile. Run with django-allauth 65 on Django 5.2, and with 0.50 on Django 2.2, which has no AccountMiddleware.',
  usualSite: 'http://localhost:8001',
  findObstacle: (application) =>
    isPublic(application) ?? lacksGrant(application, 'authorization_code') ?? lacksReadScope(application),
  redirectUriOf: (site) => `${site}/accounts/latchkey/login/callback/`,
  snippetsFor: (connection) =>
    exampleSnippets(
      {
        'requirements.txt': 'django-allauth/requirements.txt',
        'settings.py': 'django-allauth/custom_provider/settings.py',
        'urls.py': 'django-allauth/custom_provider/urls.py',
        ...ALLAUTH_PROVIDER,
        'templates/sign-in.html': 'django-allauth/custom_provider/templates/sign-in.html',
      },
      valuesOf(connection),
    ),
};
