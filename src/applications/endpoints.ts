import { enginePaths } from '../engine/engine-paths.js';

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
    authorization: `${origin}${enginePaths.authorization}`,
    token: `${origin}${enginePaths.token}`,
    userinfo: `${origin}${enginePaths.userinfo}`,
    profile: `${origin}/profile`,
    revocation: `${origin}${enginePaths.revocation}`,
    introspection: `${origin}${enginePaths.introspection}`,
    deviceAuthorization: `${origin}${enginePaths.device_authorization}`,
  };
}
