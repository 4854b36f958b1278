/** The command line of a version, on the database of the nodes. */
import { runToEnd } from './other-version.js';
import { SECRET_KEY } from './server-node.js';

/**
 * @param main its compiled main.ts
 * @returns what it printed on stdout
 * @throws Error with what it said when it fails
 */
export async function latchkey(
  main: string,
  databaseUrl: string,
  args: string[],
  input = '',
): Promise<string> {
  const { PATH = '', HOME = '' } = process.env;
  const env = { PATH, HOME, SECRET_KEY, DATABASE_URL: databaseUrl, ISSUER: 'http://localhost:1' };
  const { code, stdout, stderr } = await runToEnd(
    process.execPath,
    [main, ...args],
    { cwd: '/', env },
    input,
  );
  if (code !== 0) throw new Error(`latchkey ${args.join(' ')}: ${stderr}`);
  return stdout;
}
