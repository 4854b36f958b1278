import { type Command, CommanderError } from 'commander';
import { AppError } from '../http/errors.js';
import { inEnglish } from '../languages/texts.js';

/** Something about how the command was called is wrong: exit code 2. */
export class UsageError extends Error {}

/** What Node.js calls by a code, said of the file it is about. */
const OF_A_FILE: Record<string, string> = {
  EACCES: 'may not be opened by this user',
  EEXIST: 'exists already',
  EISDIR: 'is a folder',
  ENOENT: 'does not exist',
};

function describeFileProblem(error: unknown): string | undefined {
  const { code = '', path } = error as NodeJS.ErrnoException;
  if (code === 'EPIPE') return 'Whatever read the output has ended before it was complete.';
  return path && OF_A_FILE[code] ? `${path} ${OF_A_FILE[code]}.` : undefined;
}

/** What went wrong, in one sentence, without a stack: the reader is an operator. */
function describe(error: unknown): string {
  if (error instanceof AppError)
    return [error.message, error.hint && inEnglish(error.hint)].filter(Boolean).join(' ');
  // Node.js tries every address of a name, and gathers what each of them said in an error without a message.
  if (error instanceof AggregateError) return describe(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  return describeFileProblem(error) ?? (error.message || error.name);
}

/** Exit codes: 0 done, 1 failed (why is on stderr), 2 called in a wrong way. */
export async function runProgram(program: Command, argv: string[]): Promise<void> {
  // `latchkey ... | head`: nobody waits for what comes of a line that was printed.
  process.stdout.once('error', (error) => {
    process.stderr.write(`${describe(error)}\n`);
    process.exit(1);
  });
  try {
    await program.parseAsync(argv);
  } catch (error) {
    if (error instanceof CommanderError) {
      // The parser has printed the help, the version or the mistake by now.
      process.exitCode = error.exitCode === 0 ? 0 : 2;
      return;
    }
    process.stderr.write(`${describe(error)}\n`);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}
