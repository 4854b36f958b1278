/** What an import has done, in numbers and sentences: nothing is left out without a word. */

export const KINDS = [
  'users',
  'groups',
  'applications',
  'teams',
  'consents',
  'access tokens',
  'refresh tokens',
] as const;
export type ReportedKind = (typeof KINDS)[number];

// Names of who is concerned, beyond which only the number is told.
const MOST_EXAMPLES = 10;

export interface Remark {
  kind: ReportedKind;
  /** A sentence that holds for all of them. */
  reason: string;
  count: number;
  examples: string[];
}

export interface Report {
  brought: Record<ReportedKind, number>;
  /** Brought by a run before, and left as they are here. */
  known: Record<ReportedKind, number>;
  /** Of those, users whose password or state has changed at the source since and not here. */
  followed: number;
  /** What did not come over. */
  left: Remark[];
  /** What came over, but not as it was. */
  changed: Remark[];
}

const zeros = () => Object.fromEntries(KINDS.map((kind) => [kind, 0])) as Record<ReportedKind, number>;

export const newReport = (): Report => ({
  brought: zeros(),
  known: zeros(),
  followed: 0,
  left: [],
  changed: [],
});

/** Adds one case of a reason; the first few are named. */
export function remark(remarks: Remark[], kind: ReportedKind, reason: string, example: string): void {
  let found = remarks.find((each) => each.kind === kind && each.reason === reason);
  if (!found) {
    found = { kind, reason, count: 0, examples: [] };
    remarks.push(found);
  }
  found.count++;
  if (found.examples.length < MOST_EXAMPLES && !found.examples.includes(example))
    found.examples.push(example);
}
