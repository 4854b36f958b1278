/** Every stack the portal can fill in, in the order of the page. */
import type { Stack } from '../stack.js';
import { authjsExpress, authjsNext } from './authjs.js';
import { curl } from './curl.js';
import { djRestAuth } from './dj-rest-auth.js';
import { djangoAllauth } from './django-allauth.js';
import { djangoAllauthOpenIdConnect } from './django-allauth-openid-connect.js';
import { drfIntrospection } from './drf-introspection.js';
import { drfJwks } from './drf-jwks.js';
import { mcp } from './mcp.js';
import { modAuthOpenidc } from './mod-auth-openidc.js';
import { nginx, oauth2Proxy } from './oauth2-proxy.js';
import { oidcClientTs } from './oidc-client-ts.js';
import { openidClient } from './openid-client.js';
import { passport } from './passport.js';
import { postman } from './postman.js';
import { pythonSocialAuth } from './python-social-auth.js';
import { restSocialAuth } from './rest-social-auth.js';
import { springSecurity } from './spring-security.js';

export const stacks: Stack[] = [
  djangoAllauth,
  djangoAllauthOpenIdConnect,
  djRestAuth,
  pythonSocialAuth,
  restSocialAuth,
  drfIntrospection,
  drfJwks,
  authjsNext,
  authjsExpress,
  passport,
  openidClient,
  oidcClientTs,
  springSecurity,
  oauth2Proxy,
  nginx,
  modAuthOpenidc,
  mcp,
  postman,
  curl,
];
