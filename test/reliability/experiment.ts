/** What an experiment is, and what it may use. */
import type { Database } from '../../src/database/database.js';
import type { RunOptions } from './options.js';
import type { Postgres, PostgresOptions } from './rig/postgres.js';
import type { NodeOptions, ServerNode } from './rig/server-node.js';

export interface Experiment {
  name: string;
  /** The rule it proves, in the present tense. */
  title: string;
  /** Minutes after which it is given up; 5 when missing. */
  limit?: (options: RunOptions) => number;
  /** Why it cannot run on this machine, if so: printed, and counted as skipped. */
  findObstacle?(options: RunOptions): Promise<string | undefined>;
  run(rig: Rig): Promise<Figure[]>;
}

/** Thrown where it shows only on the way that this machine lacks something: the experiment counts as skipped. */
export class Obstacle extends Error {}

export interface Figure {
  what: string;
  value: number | string;
  unit?: string;
  /** What the value has to be; without it the figure is only told. */
  bar?: { atMost?: number; atLeast?: number; is?: number | string };
}

/** What one experiment works with; everything started through it is stopped when the experiment ends, however it ends. */
export interface Rig {
  options: RunOptions;
  /** Temporary, its own; PostgreSQL's user may pass through. */
  folder: string;
  log(line: string): void;
  /** Undone at the end, the last first. */
  atEnd(undo: () => Promise<void> | void): void;
  /** Aborted when the experiment is given up. */
  signal: AbortSignal;
  startPostgres(options?: PostgresOptions): Promise<Postgres>;
  startNode(options: NodeOptions): Promise<ServerNode>;
  /** The product's own way to the database, for its functions. */
  openDatabase(url: string): Database;
}

export function isReached({ value, bar }: Figure): boolean {
  if (!bar) return true;
  if (bar.is !== undefined) return value === bar.is;
  if (typeof value !== 'number' || Number.isNaN(value)) return false;
  return value <= (bar.atMost ?? Number.POSITIVE_INFINITY) && value >= (bar.atLeast ?? -Infinity);
}
