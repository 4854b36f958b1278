import { isConfidential, lacksGrant, lacksOpenId } from '../obstacles.js';
import { type Connection, type Stack, scopeOf } from '../stack.js';

export const oidcClientTs: Stack = {
  name: 'oidc-client-ts',
  title: 'oidc-client-ts',
  family: 'JavaScript',
  sentence:
    'A single-page app that signs people in by itself, with PKCE and without a secret. Run with oidc-client-ts 3 and Vite 8.',
  usualSite: 'http://localhost:5173',
  findObstacle: (application) =>
    lacksGrant(application, 'authorization_code') ?? isConfidential(application) ?? lacksOpenId(application),
  redirectUriOf: (site) => `${site}/callback`,
  snippetsFor: (connection) => [
    { file: 'a terminal', text: 'npm install oidc-client-ts\nnpm install --save-dev vite\nnpx vite' },
    { file: 'auth.js', text: auth(connection) },
    {
      file: 'index.html',
      text: `<!doctype html>
<html lang="en">
  <meta charset="utf-8" />
  <title>My app</title>
  <p id="person">…</p>
  <button id="sign-in" hidden>Sign in</button>
  <button id="sign-out" hidden>Sign out</button>
  <script type="module" src="/main.js"></script>
</html>
`,
    },
    { file: 'main.js', text: main() },
  ],
};

function auth(connection: Connection): string {
  const { application, endpoints, site } = connection;
  return `import { UserManager, WebStorageStateStore } from 'oidc-client-ts';

export const userManager = new UserManager({
  authority: '${endpoints.issuer}',
  client_id: '${application.clientId}',
  redirect_uri: '${site}/callback',
  scope: '${scopeOf(connection, ['openid', 'profile', 'email', 'read'])}',
  // Name and address are at the userinfo endpoint; the ID token says who somebody is and no more.
  loadUserInfo: true,
  // All tabs share one sign-in. Whoever can run a script in your page can read it: mind what you load.
  userStore: new WebStorageStateStore({ store: window.localStorage }),
  automaticSilentRenew: ${application.grantTypes.includes('refresh_token')},
});
`;
}

function main(): string {
  return `import { userManager } from './auth.js';

if (location.pathname === '/callback') {
  await userManager.signinCallback();
  history.replaceState(null, '', '/');
}

const user = await userManager.getUser();
const isSignedIn = Boolean(user && !user.expired);
document.querySelector('#person').textContent = isSignedIn ? user.profile.email : 'Nobody is signed in.';

const signIn = document.querySelector('#sign-in');
signIn.hidden = isSignedIn;
signIn.addEventListener('click', () => userManager.signinRedirect());

const signOut = document.querySelector('#sign-out');
signOut.hidden = !isSignedIn;
signOut.addEventListener('click', () => userManager.signoutRedirect());
`;
}
