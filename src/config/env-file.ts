/**
 * Looks for what went wrong with a .env file as a file: Node.js takes the last of two values, passes over lines that it
 * does not understand, and lets a quote that is not closed swallow the variables below it, all without a word.
 */
import { readFileSync } from 'node:fs';

const ASSIGNMENT = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*=[ \t]*(.*)$/;
const NOTHING = /^[ \t]*(#.*)?$/;

/** The index of the line that closes the quote, unless another variable of ours comes first. */
function findClosingLine(lines: string[], from: number, quote: string): number | undefined {
  for (let index = from; index < lines.length; index++) {
    const line = lines[index]!;
    if (/^(export )?[A-Z][A-Z0-9_]*=/.test(line)) return undefined;
    if (line.includes(quote)) return index;
  }
  return undefined;
}

/** @returns sentences with names and line numbers, never values */
export function findEnvFileProblems(text: string): string[] {
  const problems: string[] = [];
  const lineOf = new Map<string, number>();
  const lines = text.split(/\r?\n/);
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index]!;
    if (NOTHING.test(line)) continue;
    const [, name, value = ''] = ASSIGNMENT.exec(line) ?? [];
    if (!name) {
      problems.push(`Line ${index + 1} of .env must be NAME=value, in UTF-8.`);
      continue;
    }
    const first = lineOf.get(name);
    if (first) problems.push(`${name} must be set once in .env: it is on lines ${first} and ${index + 1}.`);
    lineOf.set(name, index + 1);
    const [quote] = /^["'`]/.exec(value) ?? [];
    if (!quote || value.includes(quote, 1)) continue;
    const closing = findClosingLine(lines, index + 1, quote);
    if (closing === undefined) problems.push(`${name} must end with the quote it begins with (.env).`);
    else index = closing;
  }
  return problems;
}

/**
 * Adds the .env of the folder we are in, where there is one, to the environment; what is set there already stays.
 * @returns what is wrong with it, in sentences
 */
export function loadEnvFile(): string[] {
  try {
    process.loadEnvFile();
    return findEnvFileProblems(readFileSync('.env', 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? [] : [`.env must be a file that can be read (${code}).`];
  }
}
