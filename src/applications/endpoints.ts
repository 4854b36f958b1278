/** The URLs a developer puts into a client. */
export interface Endpoints {
  issuer: string;
  discovery: string;
  authorization: string;
  token: string;
  userinfo: string;
  profile: string;
  revocation: string;
  introspection: string;
  deviceAuthorization: string;
}

/** @param issuer without a trailing slash; may end in /o, which the portal and /profile are never under */
export function endpointsOf(issuer: string): Endpoints {
  const origin = new URL(issuer).origin;
  return {
    issuer,
    discovery: `${issuer}/.well-known/openid-configuration`,
    authorization: `${origin}/o/authorize`,
    token: `${origin}/o/token`,
    userinfo: `${origin}/o/userinfo`,
    profile: `${origin}/profile`,
    revocation: `${origin}/o/revoke_token`,
    introspection: `${origin}/o/introspect`,
    deviceAuthorization: `${origin}/o/device-authorization`,
  };
}
