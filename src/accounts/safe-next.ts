const LONGEST = 2048;

// Only ever compared with itself: resolving against it shows whether a path stays on its origin.
const HERE = 'http://here.invalid';

/**
 * Where to go after signing in: a path of this server, or '/'. A browser reads `//host`, `/\host` and paths with tabs
 * or line breaks as another host (LG-05), and a proxy may decode `/%2f`, so none of them passes.
 */
export function safeNext(value: unknown): string {
  if (typeof value !== 'string' || value.length > LONGEST) return '/';
  if (!/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(value)) return '/';
  if (/^\/+(%2f|%5c|%09|%0a|%0d)/i.test(value)) return '/';
  if (!URL.canParse(value, HERE)) return '/';
  const url = new URL(value, HERE);
  // Dot segments can leave `//host` behind: `/.//host`.
  if (url.origin !== HERE || url.pathname.startsWith('//')) return '/';
  return url.pathname + url.search + url.hash;
}
