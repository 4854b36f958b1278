/** The headers every answer carries. Pages bring their own CSP; HTML that has none gets the strictest. */
import type { Middleware } from 'koa';

const ALWAYS: Record<string, string> = {
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  // Not no-referrer: with that, browsers send `Origin: null` with our own forms, and the CSRF check would refuse them.
  'Referrer-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
};
const BARE_HTML_POLICY = "default-src 'none'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'";
const TWO_YEARS = 63_072_000;

export function securityHeaders({ issuer }: { issuer: string }): Middleware {
  const headers = { ...ALWAYS };
  if (issuer.startsWith('https:')) {
    headers['Strict-Transport-Security'] = `max-age=${TWO_YEARS}; includeSubDomains`;
  }
  return async (ctx, next) => {
    ctx.set(headers);
    await next();
    if (ctx.headerSent || ctx.type !== 'text/html') return;
    if (!ctx.response.get('Cross-Origin-Opener-Policy')) ctx.set('Cross-Origin-Opener-Policy', 'same-origin');
    if (!ctx.response.get('Content-Security-Policy')) ctx.set('Content-Security-Policy', BARE_HTML_POLICY);
  };
}
