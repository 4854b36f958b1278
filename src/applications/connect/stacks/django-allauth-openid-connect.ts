import { exampleSnippets, valuesOf } from '../example-file.js';
import { isPublic, lacksGrant, lacksOpenId } from '../obstacles.js';
import type { Stack } from '../stack.js';

export const djangoAllauthOpenIdConnect: Stack = {
  name: 'django-allauth-openid-connect',
  title: 'django-allauth, openid_connect',
  family: 'Python',
  sentence:
    'A Django site with the provider that django-allauth has for OpenID Connect. Run with django-allauth 65 on Django 5.2.',
  usualSite: 'http://localhost:8001',
  findObstacle: (application) =>
    isPublic(application) ?? lacksGrant(application, 'authorization_code') ?? lacksOpenId(application),
  redirectUriOf: (site) => `${site}/accounts/oidc/latchkey/login/callback/`,
  snippetsFor: (connection) =>
    exampleSnippets(
      {
        'requirements.txt': 'django-allauth/requirements.txt',
        'settings.py': 'django-allauth/openid_connect/settings.py',
        'urls.py': 'django-allauth/openid_connect/urls.py',
        'templates/sign-in.html': 'django-allauth/openid_connect/templates/sign-in.html',
      },
      { ...valuesOf(connection), LATCHKEY_URL: connection.endpoints.issuer },
    ),
};
