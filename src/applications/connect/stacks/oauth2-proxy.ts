/** oauth2-proxy by itself, and nginx, which asks it about each request. */
import { isPublic, lacksGrant, lacksOpenId } from '../obstacles.js';
import {
  type Connection,
  FRESH_SECRET_SENTENCE,
  freshSecret,
  portOf,
  type Stack,
  scopeOf,
} from '../stack.js';

const VERIFIED_ONLY =
  'It lets in only people who have confirmed their email address, since what is behind it is told the address.';

const shared = {
  family: 'Proxies',
  findObstacle: (application) =>
    lacksGrant(application, 'authorization_code') ?? isPublic(application) ?? lacksOpenId(application),
  redirectUriOf: (site) => `${site}/oauth2/callback`,
} satisfies Partial<Stack>;

export const oauth2Proxy: Stack = {
  ...shared,
  name: 'oauth2-proxy',
  title: 'oauth2-proxy',
  sentence: 'A proxy that lets nobody past who has not signed in. Run with oauth2-proxy 7.15.',
  usualSite: 'http://localhost:4180',
  snippetsFor: (connection) => [
    { file: 'a terminal', text: 'oauth2-proxy --config oauth2-proxy.cfg' },
    {
      file: 'oauth2-proxy.cfg',
      sentence: `${VERIFIED_ONLY} ${FRESH_SECRET_SENTENCE}`,
      text: `${proxy(connection)}
http_address = "127.0.0.1:${portOf(connection.site)}"
# What it protects.
upstreams = ["http://127.0.0.1:9000"]
`,
    },
  ],
};

export const nginx: Stack = {
  ...shared,
  name: 'nginx',
  title: 'nginx',
  sentence:
    'nginx asks oauth2-proxy about every request (auth_request) and tells what is behind it who somebody is. Run with nginx 1.22 and oauth2-proxy 7.15.',
  usualSite: 'http://localhost:8080',
  snippetsFor: (connection) => [
    {
      file: 'oauth2-proxy.cfg',
      sentence: `Started with oauth2-proxy --config oauth2-proxy.cfg. ${VERIFIED_ONLY} ${FRESH_SECRET_SENTENCE}`,
      text: `${proxy(connection)}
http_address = "127.0.0.1:4180"
# nginx is in front of it, and answers for the headers it adds.
reverse_proxy = true
trusted_proxy_ips = ["127.0.0.1"]
set_xauthrequest = true
upstreams = ["static://202"]
`,
    },
    {
      file: 'latchkey.conf',
      sentence: 'In /etc/nginx/conf.d (or sites-enabled).',
      text: server(connection),
    },
  ],
};

function proxy(connection: Connection): string {
  const { application, endpoints, secret, site } = connection;
  return `provider = "oidc"
provider_display_name = "Latchkey"
oidc_issuer_url = "${endpoints.issuer}"
client_id = "${application.clientId}"
client_secret = "${secret}"
redirect_url = "${site}/oauth2/callback"
scope = "${scopeOf(connection, ['openid', 'profile', 'email', 'read', 'groups'])}"
code_challenge_method = "S256"
email_domains = ["*"]
skip_provider_button = true
cookie_secret = "${freshSecret()}"
cookie_secure = ${site.startsWith('https:')}
`;
}

function server({ site }: Connection): string {
  const { protocol, port, hostname } = new URL(site);
  const listen =
    protocol === 'https:'
      ? `listen ${port || 443} ssl;\n  ssl_certificate /etc/ssl/certs/${hostname}.pem;\n  ssl_certificate_key /etc/ssl/private/${hostname}.key;`
      : `listen ${port || 80};`;
  return `server {
  ${listen}
  server_name ${hostname};

  location /oauth2/ {
    proxy_pass http://127.0.0.1:4180;
    proxy_set_header Host $http_host;
    proxy_set_header X-Real-IP $remote_addr;
    proxy_set_header X-Forwarded-Host $http_host;
    proxy_set_header X-Forwarded-Proto $scheme;
    # After the 401 below this is still the page that was asked for, to which people come back.
    proxy_set_header X-Auth-Request-Redirect $request_uri;
  }

  location = /oauth2/auth {
    internal;
    proxy_pass http://127.0.0.1:4180;
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-Host $http_host;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header X-Forwarded-Uri $request_uri;
    proxy_set_header Content-Length "";
    proxy_pass_request_body off;
  }

  location / {
    auth_request /oauth2/auth;
    error_page 401 = /oauth2/start;

    # Set here, so that nobody can send them from outside.
    auth_request_set $user $upstream_http_x_auth_request_preferred_username;
    auth_request_set $email $upstream_http_x_auth_request_email;
    proxy_set_header X-User $user;
    proxy_set_header X-Email $email;

    # A session that was renewed has a new cookie.
    auth_request_set $cookie $upstream_http_set_cookie;
    add_header Set-Cookie $cookie;

    # What it protects.
    proxy_pass http://127.0.0.1:9000;
    proxy_set_header Host $http_host;
  }
}
`;
}
