/** A collection and an environment to import; the collection is the same for every application of one kind. */
import type { GrantType } from '../../application.js';
import { collection, DIALOG_CALLBACK } from '../postman-collection.js';
import { type Connection, type Stack, scopeOf } from '../stack.js';

const SIGN_IN: GrantType[] = ['authorization_code', 'password', 'client_credentials'];

export const postman: Stack = {
  name: 'postman',
  title: 'Postman',
  family: 'Tools',
  sentence:
    'A collection with its environment, one request for every step, to click through or to run at once. Run with newman 6, which is Postman on the command line.',
  redirectUriOf: () => DIALOG_CALLBACK,
  findObstacle: ({ grantTypes }) =>
    grantTypes.some((grantType) => SIGN_IN.includes(grantType))
      ? undefined
      : 'The application has no grant that a collection could walk through.',
  snippetsFor: (connection) => [
    {
      file: 'latchkey.postman_collection.json',
      sentence:
        'Import both files into Postman, choose the environment “Latchkey” at the top right, and put your username and password there.',
      text: `${JSON.stringify(collection(connection.application), null, 2)}\n`,
      download: 'application/json',
    },
    {
      file: 'latchkey.postman_environment.json',
      text: `${JSON.stringify(environment(connection), null, 2)}\n`,
      download: 'application/json',
    },
  ],
};

function environment(connection: Connection) {
  const { application, endpoints, secret } = connection;
  const values: [key: string, value: string, type?: 'secret'][] = [
    ['authorization_endpoint', endpoints.authorization],
    ['token_endpoint', endpoints.token],
    ['profile_url', endpoints.profile],
    ['client_id', application.clientId],
    ...(secret ? [['client_secret', secret, 'secret'] as [string, string, 'secret']] : []),
    ['redirect_uri', application.redirectUris[0] ?? ''],
    ['scope', scopeOf(connection, ['openid', 'profile', 'email', 'read', 'write', 'groups'])],
    ['username', 'USERNAME'],
    ['password', 'PASSWORD', 'secret'],
  ];
  return {
    name: 'Latchkey',
    values: values.map(([key, value, type = 'default']) => ({ key, value, type, enabled: true })),
    _postman_variable_scope: 'environment',
  };
}
