import type { Config } from '../../config/config.js';

/** Who passkeys are made for. It follows from the issuer alone: a Host header must not be able to change it. */
export interface RelyingParty {
  /** The host: a passkey works here and at no other. */
  id: string;
  /** Where answers have to come from, as the browser says. */
  origin: string;
}

export function relyingPartyOf({ issuer }: Pick<Config, 'issuer'>): RelyingParty {
  const { hostname, origin } = new URL(issuer);
  return { id: hostname, origin };
}
