/**
 * Load on one or several nodes, and what became of each request. Open loop: so many are begun each second, whatever
 * the server does with them. Closed loop: so many are under way at any time.
 */
import { NoAnswer } from '../../../bench/load/http-client.js';
import { pause } from './pause.js';
import type { Random } from './random.js';
import { Refusal, WrongAnswer } from './requests.js';

export interface Action {
  name: string;
  /** How often relative to the others. */
  weight: number;
  /** One request, or a few. @throws Refusal, WrongAnswer, NoAnswer or the error of the connection */
  run(): Promise<unknown>;
}

export interface Sample {
  action: string;
  /** Of performance.now(): the beginning; with an open loop when it was due. */
  at: number;
  milliseconds: number;
  /** 'ok', a status such as '503', 'no answer', or the code of the connection's error. */
  outcome: string;
  /** What was said, where it was not 'ok'. */
  detail?: string;
}

export interface Load {
  /** Everything that is over so far; grows. */
  samples: Sample[];
  underWay(): number;
  /** Begins nothing more, and resolves when all is over. */
  stop(): Promise<Sample[]>;
}

interface LoadOptions {
  actions: Action[];
  random: Random;
  /** Open loop: per second. */
  rate?: number;
  /** Closed loop: at any time. */
  connections?: number;
  signal?: AbortSignal;
}

// Milliseconds.
const PAUSE_AFTER_FAILURE = 10;

/** 503 tells when to come back, or it counts as another kind. */
export function outcomeOf(error: unknown): string {
  if (error instanceof Refusal) {
    const { status, headers } = error.answer;
    return status === 503 && !headers['retry-after'] ? '503 without Retry-After' : String(status);
  }
  if (error instanceof WrongAnswer) return 'wrong answer';
  if (error instanceof NoAnswer) return 'no answer';
  return (error as NodeJS.ErrnoException).code ?? (error as Error).message;
}

function chooseAction(actions: Action[], random: Random): Action {
  let left = random.next() * actions.reduce((sum, { weight }) => sum + weight, 0);
  for (const action of actions) {
    left -= action.weight;
    if (left < 0) return action;
  }
  return actions.at(-1)!;
}

export function startLoad({ actions, random, rate, connections = 1, signal }: LoadOptions): Load {
  const samples: Sample[] = [];
  const running = new Set<Promise<void>>();
  let isOver = false;
  const mayGoOn = () => !isOver && !signal?.aborted;

  const begin = (at: number): Promise<void> => {
    const action = chooseAction(actions, random);
    const record = (outcome: string, detail?: string) => {
      const milliseconds = performance.now() - at;
      samples.push({ action: action.name, at, milliseconds, outcome, ...(detail ? { detail } : {}) });
    };
    const run = action
      .run()
      .then(() => record('ok'))
      .catch((error: Error) => record(outcomeOf(error), error.message))
      .finally(() => running.delete(run));
    running.add(run);
    return run;
  };

  const openLoop = async (perSecond: number): Promise<void> => {
    const interval = 1_000 / perSecond;
    for (let next = performance.now(); mayGoOn(); next += interval) {
      const wait = next - performance.now();
      if (wait > 0) await pause(wait);
      if (mayGoOn()) void begin(next);
    }
  };
  const closedLoop = async (): Promise<void> => {
    while (mayGoOn()) {
      await begin(performance.now());
      // A refused connection costs nothing: without this the load would do nothing but try.
      if (samples.at(-1)?.outcome !== 'ok') await pause(PAUSE_AFTER_FAILURE);
    }
  };
  const loops = rate ? [openLoop(rate)] : Array.from({ length: connections }, closedLoop);

  return {
    samples,
    underWay: () => running.size,
    async stop() {
      isOver = true;
      await Promise.all(loops);
      while (running.size) await Promise.all(running);
      return samples;
    },
  };
}

/** @param share such as 0.99 */
export function percentile(values: number[], share: number): number {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)]!;
}

export interface Summary {
  count: number;
  ok: number;
  /** Milliseconds of those that were 'ok'. */
  p50: number;
  p99: number;
  /** Milliseconds of the longest, whatever its outcome. */
  longest: number;
  /** Had no answer in time. */
  hung: number;
  outcomes: Record<string, number>;
}

export function summarize(samples: Sample[]): Summary {
  const outcomes: Record<string, number> = {};
  for (const { outcome } of samples) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  const good = samples.filter(({ outcome }) => outcome === 'ok').map(({ milliseconds }) => milliseconds);
  return {
    count: samples.length,
    ok: good.length,
    p50: percentile(good, 0.5),
    p99: percentile(good, 0.99),
    longest: samples.reduce((longest, { milliseconds }) => Math.max(longest, milliseconds), 0),
    hung: outcomes['no answer'] ?? 0,
    outcomes,
  };
}

/** '503: 12, ECONNRESET: 3', the most frequent first. */
export function describeOutcomes({ outcomes }: Summary, except: string[] = ['ok']): string {
  const told = Object.entries(outcomes).filter(([outcome]) => !except.includes(outcome));
  return (
    told
      .sort(([, a], [, b]) => b - a)
      .map(([outcome, count]) => `${outcome}: ${count}`)
      .join(', ') || 'none'
  );
}
