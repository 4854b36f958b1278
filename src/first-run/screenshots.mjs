import './check-node.mjs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepare, root } from './prepare.mjs';

await prepare({ forTests: true });

const main = join(root, 'dist', 'test', 'browser', 'screenshots.js');
await import(pathToFileURL(main).href);
