import { lacksGrant } from '../obstacles.js';
import {
  type Connection,
  FRESH_SECRET_SENTENCE,
  freshSecret,
  portOf,
  type Stack,
  scopeOf,
} from '../stack.js';

export const passport: Stack = {
  name: 'passport',
  title: 'Passport',
  family: 'JavaScript',
  sentence: 'A strategy of passport-oauth2 for a website on Express. Run with passport 0.7 and Express 5.',
  usualSite: 'http://localhost:3000',
  findObstacle: (application) =>
    lacksGrant(application, 'authorization_code') ??
    (application.scopes && !application.scopes.includes('read')
      ? 'The application may not ask for the scope read, with which it would learn who signed in.'
      : undefined),
  redirectUriOf: (site) => `${site}/auth/latchkey/callback`,
  snippetsFor: (connection) => [
    {
      file: 'a terminal',
      text: 'npm install express express-session passport passport-oauth2\nnode server.mjs',
    },
    { file: 'server.mjs', sentence: FRESH_SECRET_SENTENCE, text: server(connection) },
  ],
};

function server(connection: Connection): string {
  const { application, endpoints, secret, site } = connection;
  return `import express from 'express';
import session from 'express-session';
import passport from 'passport';
import { Strategy } from 'passport-oauth2';

class LatchkeyStrategy extends Strategy {
  userProfile(accessToken, done) {
    this._oauth2.useAuthorizationHeaderforGET(true);
    this._oauth2.get('${endpoints.profile}', accessToken, (error, body) => {
      if (error) return done(error);
      const { id, username, email, first_name, last_name } = JSON.parse(body);
      const name = { givenName: first_name, familyName: last_name };
      done(null, { provider: 'latchkey', id: String(id), username, name, emails: [{ value: email }] });
    });
  }
}

passport.use(
  'latchkey',
  new LatchkeyStrategy(
    {
      authorizationURL: '${endpoints.authorization}',
      tokenURL: '${endpoints.token}',
      clientID: '${application.clientId}',
      clientSecret: '${secret}',
      callbackURL: '${site}/auth/latchkey/callback',
      scope: ['${scopeOf(connection, ['read'])}'],
      state: true,
      pkce: true,
    },
    // Here your own account of this person is found or made.
    (accessToken, refreshToken, profile, done) => done(null, profile),
  ),
);
passport.serializeUser((user, done) => done(null, user));
passport.deserializeUser((user, done) => done(null, user));

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
app.use(passport.session());

app.get('/auth/latchkey', passport.authenticate('latchkey'));
app.get(
  '/auth/latchkey/callback',
  passport.authenticate('latchkey', { successRedirect: '/', failureRedirect: '/?declined' }),
);
app.get('/', (req, res) => {
  if (req.user) res.json(req.user);
  else res.send('<a href="/auth/latchkey">Sign in</a>');
});

app.listen(${portOf(site)}, () => console.log('${site}'));
`;
}
