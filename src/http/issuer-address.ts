/**
 * Every URL the server gives out comes from the issuer, whatever Host, X-Forwarded-* or absolute request line a client
 * sends: the getters of Koa's request that read those are replaced by the issuer's values.
 */
import type Koa from 'koa';

export function takeAddressFromIssuer(app: Koa, issuer: string): void {
  const { protocol, host, origin } = new URL(issuer);
  Object.defineProperties(app.request, {
    protocol: { get: () => protocol.slice(0, -1) },
    secure: { get: () => protocol === 'https:' },
    host: { get: () => host },
    hostname: { get: () => new URL(issuer).hostname },
    origin: { get: () => origin },
    href: {
      get(this: Koa.Request) {
        return origin + this.url;
      },
    },
  });
}
