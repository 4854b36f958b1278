/** The examples in JavaScript have packages of their own; where they are not installed their tests are skipped, and say so. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from '@jest/globals';
import { projectFolder } from '../../src/project-folder.js';

export const exampleFolder = (example: string): string => join(projectFolder('examples'), example);

export function describeInstalled(example: string): typeof describe | typeof describe.skip {
  if (existsSync(join(exampleFolder(example), 'node_modules'))) return describe;
  process.stderr.write(`Skipping examples/${example}: npm ci was not run in it.\n`);
  return describe.skip;
}
