/** The sign-in of this app: the code flow with PKCE, and a refresh token that all tabs share. */
import { ErrorResponse, UserManager, WebStorageStateStore } from 'oidc-client-ts';

export const LATCHKEY_URL = import.meta.env.LATCHKEY_URL ?? 'http://localhost:8000';

const site = window.location.origin;

export const userManager = new UserManager({
  authority: LATCHKEY_URL,
  client_id: import.meta.env.CLIENT_ID,
  redirect_uri: `${site}/callback`,
  post_logout_redirect_uri: `${site}/`,
  scope: 'openid profile email read',
  // In every tab, and still there after a reload. Whoever can run a script in this page can read it, so load none of others.
  userStore: new WebStorageStateStore({ store: window.localStorage }),
  // A minute before the access token ends. Two tabs do it in the same second, with the same refresh token: the server
  // gives both the same answer (REFRESH_TOKEN_GRACE_PERIOD_SECONDS), so there is nothing for the tabs to agree on.
  automaticSilentRenew: true,
  revokeTokensOnSignout: true,
});

// The server may be out of reach for a while; a refresh token that was refused is over.
const isOver = (error) => error instanceof ErrorResponse && error.error === 'invalid_grant';

userManager.events.addSilentRenewError((error) => {
  if (isOver(error)) userManager.removeUser();
});

/** Who is signed in when the page is opened, maybe a day after it was closed. */
export async function findUser() {
  const user = await userManager.getUser();
  return user?.expired ? userManager.signinSilent().catch(() => null) : user;
}

/** Tells of every change of who is signed in, in this tab or in another; answers how to stop. */
export function watchUser(tell) {
  const { events } = userManager;
  const signedOut = () => tell(null);
  const changedElsewhere = async () => tell(await userManager.getUser());
  const stops = [events.addUserLoaded(tell), events.addUserUnloaded(signedOut)];
  window.addEventListener('storage', changedElsewhere);
  return () => {
    for (const stop of stops) stop();
    window.removeEventListener('storage', changedElsewhere);
  };
}

/** After the server has sent the browser back here: the sign-in is finished, and the code leaves the address bar. */
export async function finishSignIn() {
  if (window.location.pathname !== '/callback') return;
  try {
    await userManager.signinCallback();
  } finally {
    window.history.replaceState(null, '', '/');
  }
}
