import type { Options } from '../options.js';
import type { BenchPostgres } from '../postgres.js';
import type { Target } from '../target.js';

/** A server that runs and is filled, ready to be measured. */
export interface Contestant {
  target: Target;
  /** What exactly it is: version and settings. */
  description: string;
  /** Of the process whose descendants are the server. */
  pid: number;
  /** The name of its database, where it has one. */
  database?: string;
  stop(): Promise<void>;
}

/** Where contestants are set up. */
export interface Arena {
  options: Options;
  postgres: BenchPostgres;
  /** For their logs and files; removed at the end. */
  folder: string;
}

/** Live tokens that `profile` and `introspect` ask about. */
export const TOKENS_IN_USE = 200;

export const REDIRECT_URI = 'https://bench.test/callback';
