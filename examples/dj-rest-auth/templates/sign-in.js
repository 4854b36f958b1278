/** The sign-in of a single-page app whose back end, on the same origin, has dj-rest-auth. */
const AUTHORIZE = '{{ LATCHKEY_URL }}/o/authorize';
const CLIENT_ID = '{{ CLIENT_ID }}';

/** Leaves for Latchkey, which leads back to /callback. */
export function signIn() {
  const state = crypto.randomUUID();
  sessionStorage.setItem('state', state);
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: CLIENT_ID,
    redirect_uri: `${location.origin}/callback`,
    scope: 'read',
    state,
  });
  location.assign(`${AUTHORIZE}?${query}`);
}

/** At /callback: hands the code to the back end, whose JWT comes in cookies that scripts cannot read. */
export async function finishSignIn() {
  const query = new URLSearchParams(location.search);
  const state = sessionStorage.getItem('state');
  sessionStorage.removeItem('state');
  history.replaceState(null, '', '/');
  if (!state || query.get('state') !== state) throw new Error('This sign-in did not begin here.');
  if (query.has('error')) throw new Error(query.get('error_description') ?? query.get('error'));
  const answer = await fetch('/auth/latchkey/', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ code: query.get('code') }),
  });
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.json()).user;
}
