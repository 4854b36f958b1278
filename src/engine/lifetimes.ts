import type { Client, Configuration } from 'oidc-provider';
import type { Lifetimes } from '../config/config.js';
import { applicationOf } from './clients.js';
import { INTERACTION_LIFETIME } from './storage/abandoned-sign-ins.js';

const HOUR = 3_600;

/** Seconds. */
export function accessTokenLifetime(lifetimes: Lifetimes, client: Client): number {
  return applicationOf(client).accessTokenLifetime ?? lifetimes.accessToken;
}

/** Seconds. Only an application's own setting may outlive the server's cap: an imported one keeps what its clients rely on. */
export function refreshTokenLifetime(lifetimes: Lifetimes, client: Client): number {
  return applicationOf(client).refreshTokenLifetime ?? Math.min(lifetimes.refreshToken, lifetimes.grant);
}

/** The engine's lifetimes in seconds: an application's own where it has one, else the server's. */
export function engineLifetimes(lifetimes: Lifetimes): Configuration['ttl'] {
  const accessToken = (client: Client) => accessTokenLifetime(lifetimes, client);
  const refreshToken = (client: Client) => refreshTokenLifetime(lifetimes, client);

  /** A grant must outlive everything it gives; the engine never extends it, so this is the cap on refreshing. */
  const grant = (client: Client) => {
    if (!applicationOf(client).grantTypes.includes('refresh_token')) {
      return lifetimes.authorizationCode + accessToken(client) + HOUR;
    }
    return Math.max(lifetimes.grant, refreshToken(client), accessToken(client) + HOUR);
  };

  return {
    AccessToken: (_ctx, _token, client) => accessToken(client),
    ClientCredentials: (_ctx, _token, client) => accessToken(client),
    RefreshToken: (_ctx, _token, client) => refreshToken(client),
    AuthorizationCode: lifetimes.authorizationCode,
    IdToken: lifetimes.idToken,
    // Without a person it only holds the token of a form.
    Session: (_ctx, session) => (session.accountId ? lifetimes.session : HOUR),
    Grant: (ctx) => (ctx?.oidc.client ? grant(ctx.oidc.client) : lifetimes.grant),
    Interaction: INTERACTION_LIFETIME,
    DeviceCode: 10 * 60,
  };
}
