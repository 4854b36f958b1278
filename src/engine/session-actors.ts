import type Provider from 'oidc-provider';

/** Who acts in a session that belongs to somebody else: a superuser (RFC 8693 4.1 calls them the actor). */
export interface SessionActor {
  impersonationId: string;
  accountId: number;
  username: string;
  /** Seconds since 1970. */
  until: number;
}

export function actorIn(session: object): SessionActor | undefined {
  return (session as { actor?: SessionActor }).actor;
}

/**
 * Has the engine keep the actor with the session, so that nothing has to be looked up for it, and hand over the number by
 * which a new session is stored or not (accounts/access-epoch.ts). Whoever signs in with a
 * password of their own acts for themselves.
 */
export function keepActorsInSessions(engine: Provider): void {
  const { Session } = engine;
  const { IN_PAYLOAD } = Session;
  Object.defineProperty(Session, 'IN_PAYLOAD', { get: () => [...IN_PAYLOAD, 'actor', 'accessEpoch'] });
  const { loginAccount } = Session.prototype;
  Session.prototype.loginAccount = function loginForThemselves(details) {
    Object.assign(this, { actor: undefined });
    loginAccount.call(this, details);
  };
}
