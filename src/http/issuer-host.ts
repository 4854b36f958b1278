/**
 * The server answers for its issuer's host only: a request that names another (DNS rebinding, a poisoned Host header)
 * is refused before anything reads it. On a loopback issuer localhost, 127.0.0.1 and [::1] are the same place.
 */
import type { Middleware } from 'koa';
import { LOOPBACK_HOSTS } from '../config/public-host.js';
import { text } from '../languages/texts.js';
import { AppError } from './errors.js';

/** Every value of the Host header under which this issuer may be reached. */
function hostsOf(issuer: string): string[] {
  const { protocol, hostname, port } = new URL(issuer);
  const names = LOOPBACK_HOSTS.includes(hostname) ? LOOPBACK_HOSTS : [hostname];
  const ports = port ? [`:${port}`] : ['', protocol === 'https:' ? ':443' : ':80'];
  return names.flatMap((name) => ports.map((suffix) => name + suffix));
}

/** Node.js gives us the first of several. */
function countHosts(rawHeaders: string[]): number {
  return rawHeaders.filter((text, index) => index % 2 === 0 && text.toLowerCase() === 'host').length;
}

/** @throws AppError 421 (RFC 9110 15.5.20) for another host, 400 for none or several */
export function requireIssuerHost(issuer: string): Middleware {
  const hosts = new Set(hostsOf(issuer));
  return (ctx, next) => {
    const host = ctx.req.headers.host?.toLowerCase();
    if (!host) throw new AppError(400, 'host_missing', text('errors.host.missing'));
    // RFC 9112 3.2: a proxy before us may have looked at the last.
    if (countHosts(ctx.req.rawHeaders) > 1) {
      throw new AppError(400, 'host_ambiguous', text('errors.host.ambiguous'));
    }
    if (!hosts.has(host)) {
      throw new AppError(421, 'wrong_host', text('errors.host.wrong'), {
        hint: text('errors.host.wrongHint', { origin: new URL(issuer).origin }),
      });
    }
    return next();
  };
}
