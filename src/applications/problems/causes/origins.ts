/** Scripts of other origins (CORS): a browser keeps the answer from them unless this server allows their origin. */
import { originsOf } from '../../application.js';
import { cause, code, listOf, type Repair, type Seen, type Told } from '../cause.js';
import { maskUri } from '../redact.js';

const originOf = ({ sent }: Seen) => maskUri(sent.origin ?? '', []).slice(0, 200);

/** Whoever may use the origin's scripts gets no token by it; still it is the owner's to say. */
function repairFor(
  origin: string,
  { application }: Pick<Told, 'application'>,
): { repair?: Repair; settled?: string } {
  if (originsOf(application).includes(origin)) return { settled: 'This origin is allowed now.' };
  const isOrigin = /^https?:\/\//.test(origin) && URL.canParse(origin) && new URL(origin).origin === origin;
  if (!isOrigin) return {};
  const host = new URL(origin).hostname;
  const isKnown = originsOf(application).some((each) => new URL(each).hostname === host);
  const warning = `None of the origins of this application is on ${code(host)}. Anybody can send a request with your client id: allow it only if it is yours.`;
  return { repair: { kind: 'origin', value: origin, ...(isKnown ? {} : { warning }) } };
}

const explain = (told: Told<{ origin: string }>) => ({
  cameIn: `A script of a page at ${code(told.facts.origin)}.`,
  expected: `One of the origins of the application: ${listOf(originsOf(told.application)) || 'it has none'}. An origin is scheme, host and port, exactly.`,
  todo: [
    'Allow the origin, if that is where your application runs.',
    ...(told.facts.origin === 'null'
      ? ['The origin `null` is a page opened from a file, or a sandboxed frame: serve it by a web server.']
      : []),
    'Code that runs on a server needs none of this: only browsers ask.',
  ],
  ...repairFor(told.facts.origin, told),
});

export const origins = [
  cause<{ origin: string }>({
    name: 'origin.not_allowed',
    title: 'Scripts of this origin may not call this server',
    recognise: (seen) =>
      /^origin .* not allowed for client/.test(seen.refused.detail) && { origin: originOf(seen) },
    explain,
  }),
];

export const preflights = [
  cause<{ origin: string }>({
    name: 'origin.preflight',
    title: 'A browser asked whether a script may call this server, and may not',
    recognise: (seen) => ({ origin: originOf(seen) }),
    explain,
  }),
];
