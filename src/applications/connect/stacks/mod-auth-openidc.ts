import { isPublic, lacksGrant, lacksOpenId } from '../obstacles.js';
import { type Connection, FRESH_SECRET_SENTENCE, freshSecret, type Stack, scopeOf } from '../stack.js';

export const modAuthOpenidc: Stack = {
  name: 'mod-auth-openidc',
  title: 'Apache mod_auth_openidc',
  family: 'Proxies',
  sentence:
    'Apache signs people in before it shows or forwards anything. Run with mod_auth_openidc 2.4 and Apache 2.4.',
  usualSite: 'http://localhost:8080',
  findObstacle: (application) =>
    lacksGrant(application, 'authorization_code') ?? isPublic(application) ?? lacksOpenId(application),
  redirectUriOf: (site) => `${site}/redirect_uri`,
  snippetsFor: (connection) => [
    {
      file: 'a terminal',
      text: `apt-get install apache2 libapache2-mod-auth-openidc
a2enmod auth_openidc
a2enconf latchkey
systemctl reload apache2`,
    },
    {
      file: 'latchkey.conf',
      sentence: `In /etc/apache2/conf-available. ${FRESH_SECRET_SENTENCE}`,
      text: settings(connection),
    },
  ],
};

function settings(connection: Connection): string {
  const { application, endpoints, secret, site } = connection;
  return `OIDCProviderMetadataURL ${endpoints.discovery}
OIDCClientID ${application.clientId}
OIDCClientSecret ${secret}
# Nothing is at this address: the module answers it.
OIDCRedirectURI ${site}/redirect_uri
OIDCScope "${scopeOf(connection, ['openid', 'profile', 'email', 'read'])}"
OIDCPKCEMethod S256
OIDCCryptoPassphrase ${freshSecret()}
OIDCCookieSameSite On
OIDCIDTokenSignedResponseAlg ${application.idTokenAlg}
# Who somebody is for Apache (REMOTE_USER). All that is known of them is in headers that begin with OIDC_CLAIM_.
OIDCRemoteUserClaim preferred_username

<Location />
  AuthType openid-connect
  Require valid-user
</Location>
`;
}
