import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { UsageError } from './run-program.js';

/** Asks at the terminal, without showing what is typed. */
async function askForPassword(): Promise<string> {
  process.stderr.write('Password: ');
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    return await terminal.question('');
  } finally {
    terminal.close();
    process.stderr.write('\n');
  }
}

/**
 * A password never comes as an argument, where `ps` and the shell's history show it: it is the whole of stdin, without
 * the line break at its end that `echo` adds.
 * @throws UsageError when there is none
 */
export async function readPassword(): Promise<string> {
  if (process.stdin.isTTY) return askForPassword();
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  const password = Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
  if (!password) throw new UsageError('There is no password on stdin.');
  return password;
}
