#!/usr/bin/env node
/** The command `latchkey`: one file per command in src/cli. */
import { buildProgram } from './cli/program.js';
import { runProgram } from './cli/run-program.js';

/** .env of the folder we are in, where there is one; what the environment has set already stays. */
function loadEnvFile(): void {
  try {
    process.loadEnvFile();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

loadEnvFile();
await runProgram(buildProgram(process.env), process.argv);
