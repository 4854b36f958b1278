import type { Context } from 'koa';

// What only programs call: they get JSON whatever their Accept header says, which is mostly */*.
const FOR_PROGRAMS =
  /^(\/o)?\/(token|revoke_token|introspect|userinfo|device-authorization|profile|secret-scanning|jwks\.json|\.well-known\/.*)\/?$/;

/** What the scripts of a front end call, which gives people to read what it is told. */
export const isForFrontEnds = (path: string): boolean => path.startsWith('/api/');

/** Whether this reader is a program: the address is one of theirs, or it prefers JSON. */
export function wantsJson(ctx: Context): boolean {
  return FOR_PROGRAMS.test(ctx.path) || isForFrontEnds(ctx.path) || ctx.accepts('html', 'json') === 'json';
}
