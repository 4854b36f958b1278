/** A token for the application itself, by client credentials, and what it is good for. Needs nothing but Node.js. */

const server = process.env.LATCHKEY_URL ?? 'http://localhost:8000';
const { CLIENT_ID, CLIENT_SECRET } = process.env;

/** @throws Error with what the server says is wrong */
async function ask(path, fields) {
  const answer = await fetch(server + path, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${CLIENT_ID}:${CLIENT_SECRET}`)}` },
    body: new URLSearchParams(fields),
  });
  const body = await answer.json();
  if (!answer.ok) throw new Error(`${answer.status} ${body.error}: ${body.error_description ?? ''}`);
  return body;
}

/**
 * Keeps a token and gets another one shortly before it ends. Whoever asks meanwhile waits for the same answer, so that a
 * busy service asks the server once an hour and not once a request.
 */
function createTokenSource(scope) {
  let token;
  let renewAt = 0;
  const renew = async () => {
    try {
      const { access_token, expires_in } = await ask('/o/token', { grant_type: 'client_credentials', scope });
      renewAt = Date.now() + (expires_in - 30) * 1000;
      return access_token;
    } catch (error) {
      renewAt = 0;
      throw error;
    }
  };
  return () => {
    if (Date.now() >= renewAt) {
      renewAt = Number.POSITIVE_INFINITY;
      token = renew();
    }
    return token;
  };
}

const getToken = createTokenSource('read');

// With the token it would now call an API, with the header `Authorization: Bearer ${await getToken()}`. Here the server is
// asked what the token is good for, as that API would (RFC 7662).
console.log(JSON.stringify(await ask('/o/introspect', { token: await getToken() })));
