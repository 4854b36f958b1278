import { lacksGrant, lacksOpenId } from '../obstacles.js';
import {
  type Connection,
  FRESH_SECRET_SENTENCE,
  freshSecret,
  portOf,
  type Stack,
  scopeOf,
} from '../stack.js';

export const openidClient: Stack = {
  name: 'openid-client',
  title: 'openid-client',
  family: 'JavaScript',
  sentence:
    'The OpenID Connect library for Node.js, in a website on Express. Run with openid-client 6 and Express 5.',
  usualSite: 'http://localhost:3000',
  findObstacle: (application) => lacksGrant(application, 'authorization_code') ?? lacksOpenId(application),
  redirectUriOf: (site) => `${site}/callback`,
  snippetsFor: (connection) => [
    { file: 'a terminal', text: 'npm install express express-session openid-client\nnode server.mjs' },
    { file: 'server.mjs', sentence: FRESH_SECRET_SENTENCE, text: server(connection) },
  ],
};

function server(connection: Connection): string {
  const { application, endpoints, secret, site } = connection;
  const metadata =
    application.idTokenAlg === 'RS256'
      ? '{}'
      : `{ id_token_signed_response_alg: '${application.idTokenAlg}' }`;
  const authentication = secret ? `client.ClientSecretBasic('${secret}')` : 'client.None()';
  const options = endpoints.issuer.startsWith('http:')
    ? `\n  // For http:// while you develop.\n  { execute: [client.allowInsecureRequests] },`
    : '';
  return `import express from 'express';
import session from 'express-session';
import * as client from 'openid-client';

const config = await client.discovery(
  new URL('${endpoints.issuer}'),
  '${application.clientId}',
  ${metadata},
  ${authentication},${options}
);

const app = express();
app.set('trust proxy', 1);
app.use(
  session({
    secret: '${freshSecret()}',
    resave: false,
    saveUninitialized: false,
    cookie: { httpOnly: true, sameSite: 'lax', secure: 'auto' },
  }),
);

app.get('/login', async (req, res) => {
  const verifier = client.randomPKCECodeVerifier();
  const state = client.randomState();
  req.session.signIn = { verifier, state };
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: '${site}/callback',
    scope: '${scopeOf(connection, ['openid', 'profile', 'email', 'read'])}',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
  });
  res.redirect(url.href);
});

app.get('/callback', async (req, res) => {
  const { verifier, state } = req.session.signIn ?? {};
  const tokens = await client.authorizationCodeGrant(config, new URL(req.originalUrl, '${site}'), {
    pkceCodeVerifier: verifier,
    expectedState: state,
    idTokenExpected: true,
  });
  const user = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
  // A session of its own for who is signed in, so that nobody can have planted its id before.
  req.session.regenerate(() => {
    req.session.user = user;
    req.session.idToken = tokens.id_token;
    res.redirect('/');
  });
});

app.get('/logout', (req, res) => {
  const url = client.buildEndSessionUrl(config, { id_token_hint: req.session.idToken });
  req.session.destroy(() => res.redirect(url.href));
});

app.get('/', (req, res) => {
  if (req.session.user) res.json(req.session.user);
  else res.send('<a href="/login">Sign in</a>');
});

app.listen(${portOf(site)}, () => console.log('${site}'));
`;
}
