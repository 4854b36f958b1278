/**
 * Structured logs on stdout: JSON lines for machines, one readable line each when a person watches the terminal.
 * Nothing that is a secret may be given to a log; see the error serializer for what errors would give away.
 */
import { type Logger, pino } from 'pino';
import type { Config } from '../config/config.js';

export type { Logger } from 'pino';

interface LoggedError {
  type: string;
  message: string;
  code?: unknown;
  stack?: string | undefined;
  cause?: LoggedError | string;
}

/**
 * Only what tells a programmer where to look. A database error has the offending row in `detail`, an HTTP error the
 * request: neither is copied.
 */
function describeError(error: unknown): LoggedError | string {
  if (!(error instanceof Error)) return String(error);
  return {
    type: error.name,
    message: error.message,
    ...('code' in error ? { code: error.code } : {}),
    stack: error.stack,
    ...(error.cause ? { cause: describeError(error.cause) } : {}),
  };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL_CHARACTERS = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;

/** A log line must not steer the terminal it is shown in. */
function printable(text: string): string {
  return text.replace(CONTROL_CHARACTERS, (character) => JSON.stringify(character).slice(1, -1));
}

/** '12:30:01.123 warn  message key=value', and the stack of an error below it. */
function readableLine(json: string): string {
  const { time, level, msg, err, ...rest } = JSON.parse(json) as Record<string, unknown> & {
    err?: LoggedError;
  };
  const facts = Object.entries(rest).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const line = [String(time).slice(11, 23), String(level).padEnd(5), msg, ...facts].join(' ');
  return `${printable(line)}\n${err ? `${printable(err.stack ?? err.message)}\n` : ''}`;
}

/**
 * @param stream where to; commands that print on stdout log to stderr
 * @param base what every line carries: the process, where several of them write the same log
 */
export function createLog(
  level: Config['logLevel'],
  stream: 'stdout' | 'stderr' = 'stdout',
  base: { pid: number } | null = null,
): Logger {
  const options = {
    level,
    base,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: describeError },
  };
  const terminal = process[stream];
  if (terminal.isTTY) return pino(options, { write: (json: string) => terminal.write(readableLine(json)) });
  // Synchronous, so that the last lines before an exit are not lost.
  return pino(options, pino.destination({ fd: stream === 'stdout' ? 1 : 2, sync: true }));
}
