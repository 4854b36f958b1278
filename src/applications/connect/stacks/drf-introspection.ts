import type { Application } from '../../application.js';
import { exampleSnippets, valuesOf } from '../example-file.js';
import { isPublic } from '../obstacles.js';
import type { Stack } from '../stack.js';

export const drfIntrospection: Stack = {
  name: 'drf-introspection',
  title: 'Django REST framework, by introspection',
  family: 'Python',
  sentence:
    'An API that asks about each token it is sent, with the resource server of Django OAuth Toolkit. Run with django-oauth-toolkit 3.4 on Django 5.2.',
  findObstacle: (application) => isPublic(application) ?? knowsItsOwnTokensOnly(application),
  snippetsFor: (connection) =>
    exampleSnippets(
      {
        'requirements.txt': 'drf-resource-server/introspection/requirements.txt',
        'settings.py': 'drf-resource-server/introspection/settings.py',
        'urls.py': 'drf-resource-server/introspection/urls.py',
        'views.py': 'drf-resource-server/introspection/views.py',
      },
      valuesOf(connection),
    ),
};

function knowsItsOwnTokensOnly({ introspectAny }: Application): string | undefined {
  if (introspectAny) return undefined;
  return 'The application may introspect its own tokens only, and would take those of others for expired. An administrator can change that.';
}
