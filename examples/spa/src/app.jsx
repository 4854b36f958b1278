import { useEffect, useState } from 'react';
import { LATCHKEY_URL, userManager, watchUser } from './auth.js';

export function App({ signedIn, problem }) {
  const [user, setUser] = useState(signedIn);
  useEffect(() => watchUser(setUser), []);

  if (!user) {
    return (
      <>
        <h1>A single-page app</h1>
        {problem && <p role="alert">{problem}</p>}
        <button type="button" onClick={() => userManager.signinRedirect()}>
          Sign in
        </button>
      </>
    );
  }
  return (
    <>
      <h1>A single-page app</h1>
      <Profile token={user.access_token} />
      <p>
        The access token ends at <time>{new Date(user.expires_at * 1000).toLocaleTimeString()}</time>, and is
        renewed a minute before.
      </p>
      <button type="button" onClick={() => userManager.signoutRedirect()}>
        Sign out
      </button>
    </>
  );
}

/** Asks an API who the token stands for: here /profile of the server itself, from another origin (CORS). */
function Profile({ token }) {
  const [profile, setProfile] = useState();
  const [problem, setProblem] = useState();
  useEffect(() => {
    const stop = new AbortController();
    fetch(`${LATCHKEY_URL}/profile`, { headers: { authorization: `Bearer ${token}` }, signal: stop.signal })
      .then(async (answer) => {
        if (!answer.ok) throw new Error(`The profile was refused (${answer.status}).`);
        setProfile(await answer.json());
        setProblem(undefined);
      })
      .catch((error) => stop.signal.aborted || setProblem(error.message));
    return () => stop.abort();
  }, [token]);

  if (problem) return <p role="alert">{problem}</p>;
  return profile ? (
    <p>
      Signed in as <strong>{profile.username}</strong> ({profile.email})
    </p>
  ) : (
    <p>…</p>
  );
}
