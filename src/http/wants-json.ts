import type { Context } from 'koa';

// What only programs call: they get JSON whatever their Accept header says, which is mostly */*.
const FOR_PROGRAMS =
  /^(\/o)?\/(token|revoke_token|introspect|userinfo|device-authorization|profile|jwks\.json|\.well-known\/.*)\/?$/;

/** Whether this reader is a program: the address is one of theirs, or it prefers JSON. */
export function wantsJson(ctx: Context): boolean {
  return FOR_PROGRAMS.test(ctx.path) || ctx.accepts('html', 'json') === 'json';
}
