import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { type Environment, loadConfig } from '../config/config.js';
import { projectFolder } from '../project-folder.js';
import { addAdminCommands } from './admin.js';
import { addAppCommands } from './app.js';
import { addApplyCommand } from './apply.js';
import { addDoctorCommand } from './doctor.js';
import { addExportCommand } from './export.js';
import { addGroupCommands } from './group.js';
import { addImportCommands } from './import.js';
import { addKeyCommands } from './keys.js';
import { addMigrateCommand } from './migrate.js';
import type { ReadConfig } from './read-config.js';
import { addServeCommand } from './serve.js';
import { addStatsCommand } from './stats.js';
import { addSuperuserLinkCommand } from './superuser-link.js';
import { addTeamCommands } from './team.js';
import { addUserCommands } from './user.js';
import { addWorkerCommand } from './worker.js';

function readVersion(): string {
  const { version } = JSON.parse(readFileSync(projectFolder('package.json'), 'utf8')) as { version: string };
  return version;
}

/** @param problems with the .env file; they refuse a command that reads the configuration, not --help */
export function buildProgram(environment: Environment, problems: string[] = []): Command {
  const readConfig: ReadConfig = () => loadConfig(environment, problems);
  const program = new Command('latchkey')
    .description(
      'An OAuth 2.0 and OpenID Connect server. The configuration is read from the environment and .env.',
    )
    .version(readVersion())
    .showHelpAfterError('(add --help for what this command takes)')
    // Errors become exceptions, so that this process, and not the parser, chooses the exit code.
    .exitOverride();
  addServeCommand(program, readConfig);
  addWorkerCommand(program, readConfig);
  addMigrateCommand(program, readConfig);
  addUserCommands(program, readConfig);
  addGroupCommands(program, readConfig);
  addTeamCommands(program, readConfig);
  addAppCommands(program, readConfig);
  addApplyCommand(program, readConfig);
  addSuperuserLinkCommand(program, readConfig);
  addAdminCommands(program, readConfig);
  addImportCommands(program, readConfig);
  addExportCommand(program, readConfig);
  addKeyCommands(program, readConfig);
  addStatsCommand(program, readConfig);
  addDoctorCommand(program, readConfig);
  return program;
}
