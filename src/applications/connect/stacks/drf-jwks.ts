import type { Application } from '../../application.js';
import { exampleSnippets, valuesOf } from '../example-file.js';
import type { Stack } from '../stack.js';

export const drfJwks: Stack = {
  name: 'drf-jwks',
  title: 'Django REST framework, by JWKS',
  family: 'Python',
  sentence:
    'An API that checks the tokens of this application by itself, with SimpleJWT and the keys of this server. Run with SimpleJWT 5 on Django 5.2.',
  findObstacle: hasOpaqueTokens,
  snippetsFor: (connection) =>
    exampleSnippets(
      {
        'requirements.txt': 'drf-resource-server/jwks/requirements.txt',
        'settings.py': 'drf-resource-server/jwks/settings.py',
        'permissions.py': 'drf-resource-server/jwks/permissions.py',
        'urls.py': 'drf-resource-server/jwks/urls.py',
        'views.py': 'drf-resource-server/jwks/views.py',
      },
      { ...valuesOf(connection), LATCHKEY_URL: connection.endpoints.issuer },
    ),
};

function hasOpaqueTokens({ tokenFormat }: Application): string | undefined {
  if (tokenFormat === 'jwt') return undefined;
  return 'The access tokens of this application are opaque, and nothing in them can be checked: choose the format JWT.';
}
