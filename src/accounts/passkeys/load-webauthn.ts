/** Loaded for the first passkey that is asked for: it would be a sixth of the CPU of every start. */
export const loadWebauthn = () => import('@simplewebauthn/server');
