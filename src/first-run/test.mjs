import './check-node.mjs';
import { join } from 'node:path';
import { prepare, root } from './prepare.mjs';
import { runCommand } from './run-command.mjs';

await prepare({ forTests: true });

// --experimental-vm-modules: jest runs ES modules only with it. --no-warnings: Node.js announces it in every worker.
process.exitCode = await runCommand(
  process.execPath,
  [
    '--experimental-vm-modules',
    '--no-warnings',
    join(root, 'node_modules', 'jest', 'bin', 'jest.js'),
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: 'inherit' },
);
