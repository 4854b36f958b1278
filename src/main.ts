#!/usr/bin/env node
/** The command `latchkey`: one file per command in src/cli. */
import { buildProgram } from './cli/program.js';
import { runProgram } from './cli/run-program.js';
import { loadEnvFile } from './config/env-file.js';

const problems = loadEnvFile();
await runProgram(buildProgram(process.env, problems), process.argv);
