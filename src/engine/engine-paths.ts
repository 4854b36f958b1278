/** Where the engine answers, under its own names: the one list. What is told to developers and read off requests goes by it. */
export const enginePaths = {
  authorization: '/o/authorize',
  token: '/o/token',
  revocation: '/o/revoke_token',
  introspection: '/o/introspect',
  userinfo: '/o/userinfo',
  jwks: '/o/.well-known/jwks.json',
  end_session: '/o/logout',
  device_authorization: '/o/device-authorization',
  code_verification: '/o/device',
} as const;
