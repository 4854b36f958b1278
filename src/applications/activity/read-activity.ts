/** What the owner sees: the last sign-ins put together from their steps, and the numbers of the last days. */
import type { Db } from '../../database/database.js';
import { COUNTERS, type Counter, type Step } from './activity.js';
import { type FoundStep, selectCounters, selectSteps } from './store.js';

export interface ShownStep {
  step: Step;
  /** Seconds since the first step. */
  after: number;
  details: Record<string, unknown>;
  requestId: string;
}

export interface ShownSignIn {
  startedAt: Date;
  steps: ShownStep[];
  state: 'done' | 'refused' | 'under way' | 'left';
}

// Some seven steps each.
const MOST_STEPS = 300;
const MOST_SIGN_INS = 25;
const DAYS = 14;
const DAY = 86_400_000;
/** Milliseconds after which nobody is expected to go on. */
const PATIENCE = 10 * 60_000;

/** By what two steps share, directly or by way of a third: the first ones a flow, the last ones a grant. */
function groupSteps(steps: FoundStep[]): FoundStep[][] {
  const groups = new Map<string, FoundStep[]>();
  for (const step of [...steps].reverse()) {
    const keys = [step.flow && `flow ${step.flow}`, step.grantRef && `grant ${step.grantRef}`].filter(
      (key) => key !== null,
    );
    if (!keys.length) keys.push(`request ${step.requestId}`);
    const group = keys.map((key) => groups.get(key as string)).find(Boolean) ?? [];
    group.push(step);
    for (const key of keys) groups.set(key as string, group);
  }
  return [...new Set(groups.values())];
}

function stateOf(last: FoundStep, now: Date): ShownSignIn['state'] {
  if (last.step === 'tokens') return 'done';
  if (last.step === 'refused') return 'refused';
  return now.getTime() - last.at.getTime() > PATIENCE ? 'left' : 'under way';
}

export async function readSignIns(db: Db, applicationId: number, now: Date): Promise<ShownSignIn[]> {
  const groups = groupSteps(await selectSteps(db, applicationId, now, MOST_STEPS));
  return groups
    .map((steps) => {
      const [first, last] = [steps[0]!, steps.at(-1)!];
      return {
        startedAt: first.at,
        steps: steps.map(({ step, at, details, requestId }) => ({
          step: step as Step,
          after: (at.getTime() - first.at.getTime()) / 1000,
          details,
          requestId,
        })),
        state: stateOf(last, now),
      };
    })
    .sort((a, b) => b.startedAt.getTime() - a.startedAt.getTime())
    .slice(0, MOST_SIGN_INS);
}

export interface Numbers {
  /** The last day first, as 2026-11-29 (UTC). */
  days: { day: string; counts: Record<Counter, number> }[];
  lastUsedAt: Date | undefined;
}

export async function readNumbers(db: Db, applicationId: number, now: Date): Promise<Numbers> {
  const found = await selectCounters(db, applicationId, new Date(now.getTime() - (DAYS - 1) * DAY));
  const days = Array.from({ length: DAYS }, (_, i) =>
    new Date(now.getTime() - i * DAY).toISOString().slice(0, 10),
  );
  const countOf = (day: string, name: string) =>
    found.find((each) => each.day === day && each.name === name)?.count ?? 0;
  const names = Object.keys(COUNTERS) as Counter[];
  const uses = found.filter(({ name }) => name !== 'refused').map(({ lastAt }) => lastAt.getTime());
  return {
    days: days.map((day) => ({
      day,
      counts: Object.fromEntries(names.map((name) => [name, countOf(day, name)])) as Record<Counter, number>,
    })),
    lastUsedAt: uses.length ? new Date(Math.max(...uses)) : undefined,
  };
}
