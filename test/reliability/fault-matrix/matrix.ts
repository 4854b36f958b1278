/** Runs every step with a fault at each of its statements in turn, and judges what came of it. */
import type { DatabaseProxy, StatementFault } from '../database-proxy.js';
import type { Outcome, Stage, State, Step } from './step.js';

export interface Cell {
  step: string;
  /** The how-manieth of the step, and what it was. */
  statement: number;
  text: string;
  when: StatementFault['when'];
  status: number;
  state: State;
  /** What broke a rule. */
  problems: string[];
}

export interface Row {
  step: string;
  statements: number;
  cells: Cell[];
}

// More statements than any step has.
const MOST = 60;

/** An error that says so: 5xx, or, at an application's redirect URI, the error codes for it (RFC 6749 4.1.2.1). */
function saysItFailed({ status, headers }: Outcome): boolean {
  const location = headers.get('location') ?? '';
  return status >= 500 || /[?&]error=(server_error|temporarily_unavailable)/.test(location);
}

function judge(outcome: Outcome, state: State): string[] {
  const problems: string[] = [];
  const { status, headers, isAccepted } = outcome;
  if (!isAccepted && !saysItFailed(outcome)) problems.push(`answered ${status}, neither success nor failure`);
  if (isAccepted && saysItFailed(outcome)) problems.push(`success and failure at once (${status})`);
  if (status === 503 && !headers.get('retry-after')) problems.push('503 without Retry-After');
  if (isAccepted && state !== 'all') problems.push(`answered ${status} with ${state} stored`);
  if (state.startsWith('half')) problems.push(state);
  return problems;
}

async function runCell(
  stage: Stage,
  proxy: DatabaseProxy,
  step: Step,
  fault: StatementFault,
): Promise<Cell | undefined> {
  const attempt = await step.prepare(stage);
  proxy.breakAt(fault);
  const outcome = await attempt.send();
  const text = proxy.endFault();
  if (text === undefined) return undefined;
  const state = await attempt.findState();
  const problems = judge(outcome, state);
  await attempt.again().catch((error: Error) => problems.push(error.message));
  return {
    step: step.name,
    statement: fault.statement,
    text,
    when: fault.when,
    status: outcome.status,
    state,
    problems,
  };
}

/** Without a fault the step has to succeed, and can be asked again. @throws when it does not */
export async function rehearse(stage: Stage, step: Step): Promise<void> {
  const attempt = await step.prepare(stage);
  const outcome = await attempt.send();
  const state = await attempt.findState();
  // A state that is never 'all' would let every success pass.
  if (!outcome.isAccepted || state !== (step.isSeenByAgainOnly ? 'nothing' : 'all'))
    throw new Error(`${step.name} without a fault: ${outcome.status}, ${state}`);
  await attempt.again();
}

/** @throws when the step fails without a fault: its rules would prove nothing */
export async function runStep(stage: Stage, proxy: DatabaseProxy, step: Step): Promise<Row> {
  await rehearse(stage, step);
  const cells: Cell[] = [];
  for (const when of ['before', 'after'] as const) {
    for (let statement = 1; statement <= MOST; statement++) {
      const cell = await runCell(stage, proxy, step, { statement, when });
      if (!cell) break;
      cells.push(cell);
    }
  }
  return { step: step.name, statements: cells.length / 2, cells };
}
