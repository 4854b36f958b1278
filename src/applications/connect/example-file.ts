/** The files of examples/, which the portal shows with an application's ids: what is pasted is what the examples run. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../../project-folder.js';

/** Before it in a file is the developer's own project, which an example has to bring along. */
const MARK = '# Connect, in the developer portal, shows what follows.\n';

/**
 * @param path below examples/
 * @param values of the environment's variables that the file reads: os.environ["NAME"] in Python, {{ NAME }} in a template
 * @returns what follows MARK, or the whole where there is none
 * @throws Error for a variable without a value
 */
export function exampleFile(path: string, values: Record<string, string> = {}): string {
  const text = readFileSync(join(projectFolder('examples'), path), 'utf8');
  const valueOf = (name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`examples/${path} reads ${name}, which has no value`);
    return value;
  };
  return text
    .slice(text.indexOf(MARK) + 1 && text.indexOf(MARK) + MARK.length)
    .replaceAll(/os\.environ(?:\.get\("(\w+)", "\w*"\)|\["(\w+)"\])/g, (_, optional, required) =>
      JSON.stringify(valueOf(optional ?? required)),
    )
    .replaceAll(/\{\{ ([A-Z_]+) \}\}/g, (_, name) => valueOf(name));
}
