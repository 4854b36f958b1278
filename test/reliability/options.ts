import { Command, InvalidArgumentError } from 'commander';

export interface RunOptions {
  /** All of them when empty. */
  names: string[];
  /** How often the experiments that repeat something do so; each has its own number when missing. */
  rounds?: number;
  /** Length of a stretch of load. */
  seconds?: number;
  /** Length of the soak. */
  minutes?: number;
  /** Rows in the tables of the experiments about many. */
  rows?: number;
  /** Commit of the version to upgrade from; found in the history when missing. */
  from?: string;
  /** Of everything that is random. */
  seed: number;
  /** File for the figures. */
  json?: string;
  /** Print the table as docs/reliability.md has it. */
  markdown?: boolean;
  list?: boolean;
}

function wholeNumber(value: string): number {
  if (/^\d+$/.test(value) && Number(value) >= 1) return Number(value);
  throw new InvalidArgumentError('It must be a whole number from 1 up.');
}

/** Ends the process when they cannot be understood, with code 2. */
export function parseOptions(args: string[]): RunOptions {
  const command = new Command('npm run test:reliability --')
    .description('Breaks things while the server works, and counts what is lost. Docs: docs/reliability.md')
    .argument('[names...]', 'experiments to run; all of them by default (--list names them)')
    .option('--rounds <number>', 'how often the experiments that repeat something do so', wholeNumber)
    .option('--seconds <number>', 'length of each stretch of load', wholeNumber)
    .option('--minutes <number>', 'length of the soak', wholeNumber)
    .option('--rows <number>', 'rows in the tables of the experiments about many', wholeNumber)
    .option('--from <commit>', 'version to upgrade from; the last one with fewer migrations by default')
    .option('--seed <number>', 'of everything that is random', wholeNumber, 1)
    .option('--json <file>', 'write all figures there as well')
    .option('--markdown', 'print the table as docs/reliability.md has it')
    .option('--list', 'name the experiments and what each proves')
    .exitOverride(({ exitCode }) => process.exit(exitCode && 2))
    .parse(args, { from: 'user' });
  return { ...command.opts<Omit<RunOptions, 'names'>>(), names: command.args };
}
