/**
 * One reason for which requests are refused: how it is recognised, and how it is told to the developer of the
 * application. The list is in causes/index.ts.
 */
import type { Config } from '../../config/config.js';
import type { Application, GrantType } from '../application.js';
import type { UriComparison } from './compare-uris.js';
import type { FoundBy } from './find-whose.js';
import type { Look } from './look.js';
import type { StoredRequest } from './redact.js';
import type { Endpoint, SentRequest } from './sent-request.js';

/** What the explanation has to know; moments are ISO 8601. Never a secret. */
export type Facts = Record<string, string | number | boolean | string[]>;

/** How the server has refused the request. */
export interface Refused {
  /** The error code that was answered. */
  error: string;
  status: number;
  /** In the words of whoever refused it; not shown. */
  detail: string;
  /** A stable name where the error is one of ours (http/errors.ts, because). */
  reason: string | undefined;
}

/** A refused request with all that can be known of it. */
export interface Seen {
  sent: SentRequest;
  refused: Refused;
  application: Application;
  foundBy: FoundBy;
  look: Look;
  config: Config;
}

/** What the explanation is made from, when somebody reads it. */
export interface Told<F extends Facts = Facts> {
  facts: F;
  at: Date;
  endpoint: Endpoint;
  request: StoredRequest;
  /** As it is now. */
  application: Application;
  previews: Previews;
  config: Config;
}

/** What preview-uris/ has of the application now. */
export interface Previews {
  /** Those its owner has approved. */
  patterns: string[];
  /** Those that count as registered at this moment. */
  uris: string[];
}

export type Repair =
  | { kind: 'redirect_uri'; value: string; warning?: string }
  | { kind: 'post_logout_redirect_uri'; value: string; warning?: string }
  | { kind: 'scope'; value: string; warning?: string }
  | { kind: 'grant'; value: GrantType; warning?: string }
  | { kind: 'origin'; value: string; warning?: string };

/** In plain words; what is to be typed or was sent stands in `backticks`. */
export interface Explanation {
  cameIn: string;
  expected: string;
  todo: string[];
  /** The URI that was sent beside each registered one, the nearest first. */
  comparisons?: UriComparison[];
  repair?: Repair;
  /** What was wrong then is right now, in a sentence. */
  settled?: string;
}

export interface Cause<F extends Facts = Facts> {
  /** Stable: rows and addresses name it. */
  name: string;
  /** A sentence without a full stop. */
  title: string;
  /** undefined: it is not this. */
  recognise(seen: Seen): F | undefined | false | Promise<F | undefined | false>;
  explain(told: Told<F>): Explanation;
}

/** Lets a cause know its own facts, while the list does not have to. */
export function cause<F extends Facts>(definition: Cause<F>): Cause {
  return { ...definition, explain: (told) => definition.explain(told as Told<F>) };
}

/** As '2026-11-23 22:10:05 UTC'. */
export const moment = (time: string | Date): string =>
  `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

/** As '3 minutes' or '1 second'. */
export function span(from: string | Date, to: string | Date): string {
  const seconds = Math.max(0, Math.round((new Date(to).getTime() - new Date(from).getTime()) / 1000));
  const [count, unit] =
    seconds < 120
      ? [seconds, 'second']
      : seconds < 7200
        ? [Math.round(seconds / 60), 'minute']
        : seconds < 172_800
          ? [Math.round(seconds / 3600), 'hour']
          : [Math.round(seconds / 86_400), 'day'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

export const code = (text: string): string => `\`${text.replaceAll('`', '’')}\``;

/** '`a`, `b` and `c`' */
export function listOf(texts: readonly string[]): string {
  const quoted = texts.map(code);
  return quoted.length < 2 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} and ${quoted.at(-1)}`;
}
