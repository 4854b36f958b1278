/** Every reason for which a request is refused, by the endpoint it went to: the first that recognises it is the one. */
import type { Cause, Facts, Seen } from '../cause.js';
import type { Endpoint } from '../sent-request.js';
import { authorizationRequests } from './authorization-requests.js';
import { bearerTokens } from './bearer.js';
import { howTheClientIsNamed } from './client-authentication.js';
import { codes } from './codes.js';
import { deviceCodes } from './device-codes.js';
import { grantTypes } from './grant-types.js';
import { origins, preflights } from './origins.js';
import { other } from './other.js';
import { passwords } from './passwords.js';
import { people } from './people.js';
import { postLogoutRedirectUris, redirectUris } from './redirect-uris.js';
import { refreshTokens } from './refresh-tokens.js';
import { anyRequest, formRequest, sentTwice } from './request-shape.js';
import { scopes } from './scopes.js';
import { secrets } from './secrets.js';
import { idTokenHints } from './sign-out.js';
import { verifiers } from './verifiers.js';

const program = [...anyRequest, ...origins, ...formRequest, ...howTheClientIsNamed, ...secrets];
const resource = [...anyRequest, ...origins, ...bearerTokens];

const BY_ENDPOINT: Record<Endpoint, Cause[]> = {
  authorization: [
    ...anyRequest,
    ...howTheClientIsNamed,
    ...redirectUris,
    sentTwice,
    ...authorizationRequests,
    ...scopes,
    ...idTokenHints,
    ...people,
  ],
  token: [
    ...program,
    ...grantTypes,
    ...scopes,
    ...codes,
    ...verifiers,
    ...refreshTokens,
    ...passwords,
    ...deviceCodes,
  ],
  revocation: program,
  introspection: program,
  device_authorization: [...program, ...grantTypes, ...scopes],
  userinfo: resource,
  profile: resource,
  end_session: [...anyRequest, ...howTheClientIsNamed, ...postLogoutRedirectUris, ...idTokenHints],
  sign_in: people,
  preflight: preflights,
};

export const causes: Cause[] = [...new Set([...Object.values(BY_ENDPOINT).flat(), other])];

const byName = new Map(causes.map((each) => [each.name, each]));

export const findCause = (name: string): Cause => byName.get(name) ?? other;

export async function recogniseCause(seen: Seen): Promise<{ cause: Cause; facts: Facts }> {
  for (const cause of [...BY_ENDPOINT[seen.sent.endpoint], other]) {
    const facts = await cause.recognise(seen);
    if (facts) return { cause, facts };
  }
  throw new Error('The last cause recognises everything.');
}
