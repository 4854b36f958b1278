const LONGEST = 2048;

// Only ever compared with itself: resolving against it shows whether a path stays on its origin.
const HERE = 'http://here.invalid';

// A browser reads `//host`, `/\host` and paths with tabs or line breaks as another host, and a proxy may decode `/%2f`.
const ELSEWHERE = /^\/(\/|\\|%2f|%5c|%09|%0a|%0d)/i;

/** Where to go after signing in: a path of this server that cannot be read as another host, or '/'. */
export function safeNext(value: unknown): string {
  if (typeof value !== 'string' || value.length > LONGEST) return '/';
  if (!/^\/[\x21-\x5b\x5d-\x7e]*$/.test(value) || ELSEWHERE.test(value)) return '/';
  if (!URL.canParse(value, HERE)) return '/';
  const url = new URL(value, HERE);
  // Dot segments can leave either behind: `/.//host`, `/./%2fhost`.
  if (url.origin !== HERE || ELSEWHERE.test(url.pathname)) return '/';
  return url.pathname + url.search + url.hash;
}

/** Where a form leads on to, unless that is the start page. */
export function nextOf(value: unknown): string | undefined {
  const next = safeNext(value);
  return next === '/' ? undefined : next;
}
