import './check-node.mjs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { endWithNpm } from './end-with-npm.mjs';
import { prepare, root } from './prepare.mjs';

endWithNpm();
await prepare();

// In this very process, so that signals reach the server directly and its exit code is ours.
const main = join(root, 'dist', 'src', 'main.js');
process.argv[1] = main;
await import(pathToFileURL(main).href);
