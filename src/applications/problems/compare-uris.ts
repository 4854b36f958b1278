/** Two URIs side by side: in which parts they differ, and where exactly. Compared as they are written, as matching is. */
import { withoutTrailingSlashes } from '../../http/trailing-slashes.js';

export type UriDifference =
  | 'scheme'
  | 'host'
  | 'capitals of the host'
  | 'port'
  | 'path'
  | 'trailing slash'
  | 'capitals of the path'
  | 'percent-encoding'
  | 'query'
  | 'fragment'
  | 'user name'
  | 'white space';

export interface MarkedText {
  text: string;
  isDifferent: boolean;
}

export interface UriComparison {
  registered: string;
  differences: UriDifference[];
  /** Both URIs cut into pieces that are in the other one as well, and pieces that are not. */
  sentMarked: MarkedText[];
  registeredMarked: MarkedText[];
}

const PARTS =
  /^([a-z][a-z0-9+.-]*:)?(?:(\/\/)([^/?#]*@)?(\[[^\]]*\]|[^/?#:]*)(:[^/?#]*)?)?([^?#]*)(\?[^#]*)?(#.*)?$/is;

interface Parts {
  scheme: string;
  slashes: string;
  user: string;
  host: string;
  port: string;
  path: string;
  query: string;
  fragment: string;
}

function partsOf(uri: string): Parts {
  const [, scheme = '', slashes = '', user = '', host = '', port = '', path = '', query = '', fragment = ''] =
    PARTS.exec(uri) ?? [];
  return { scheme, slashes, user, host, port, path, query, fragment };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function nameDifference(part: keyof Parts, sent: string, registered: string): UriDifference {
  const isSameInLower = sent.toLowerCase() === registered.toLowerCase();
  if (part === 'host') return isSameInLower ? 'capitals of the host' : 'host';
  if (part === 'path') {
    if (withoutTrailingSlashes(sent) === withoutTrailingSlashes(registered)) return 'trailing slash';
    if (decoded(sent) === decoded(registered)) return 'percent-encoding';
    return isSameInLower ? 'capitals of the path' : 'path';
  }
  if (part === 'query' && decoded(sent) === decoded(registered)) return 'percent-encoding';
  return (
    ({ user: 'user name', slashes: 'scheme' } as Record<string, UriDifference>)[part] ??
    (part as UriDifference)
  );
}

/** What is alike at both ends, and between them what is not. */
function mark(text: string, other: string): MarkedText[] {
  let start = 0;
  while (start < text.length && text[start] === other[start]) start++;
  let end = 0;
  const most = Math.min(text.length, other.length) - start;
  while (end < most && text.at(-1 - end) === other.at(-1 - end)) end++;
  const pieces = [
    { text: text.slice(0, start), isDifferent: false },
    { text: text.slice(start, text.length - end), isDifferent: true },
    { text: text.slice(text.length - end), isDifferent: false },
  ];
  return pieces.filter((piece) => piece.text);
}

/** Neighbouring pieces of the same kind are one. */
function join(pieces: MarkedText[]): MarkedText[] {
  const joined: MarkedText[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    if (last && last.isDifferent === piece.isDifferent) last.text += piece.text;
    else joined.push({ ...piece });
  }
  return joined;
}

export function compareUris(sent: string, registered: string): UriComparison {
  const bare = sent.trim();
  const [before = '', after = ''] = bare ? sent.split(bare) : [];
  const [one, two] = [partsOf(bare), partsOf(registered)];
  const names = Object.keys(one) as (keyof Parts)[];
  const different = names.filter((name) => one[name] !== two[name]);
  const differences = different.map((name) => nameDifference(name, one[name], two[name]));
  return {
    registered,
    differences: [
      ...new Set<UriDifference>([...(bare === sent ? [] : ['white space' as const]), ...differences]),
    ],
    sentMarked: join([
      ...mark(before, ''),
      ...names.flatMap((name) => mark(one[name], two[name])),
      ...mark(after, ''),
    ]),
    registeredMarked: join(names.flatMap((name) => mark(two[name], one[name]))),
  };
}

// How much a difference keeps one from taking the two for the same: another host is another place.
const WEIGHT: Partial<Record<UriDifference, number>> = { host: 8, path: 3, port: 2, scheme: 2, query: 2 };

/** With each of the registered ones, the nearest first. */
export function compareWithAll(sent: string, registered: readonly string[]): UriComparison[] {
  const weigh = ({ differences, sentMarked }: UriComparison) =>
    differences.reduce((sum, each) => sum + (WEIGHT[each] ?? 1), 0) +
    sentMarked.filter((piece) => piece.isDifferent).reduce((sum, { text }) => sum + text.length, 0) / 1000;
  return registered.map((each) => compareUris(sent, each)).sort((a, b) => weigh(a) - weigh(b));
}
