/** Every stack the portal can fill in, in the order of the page. */
import type { Stack } from '../stack.js';
import { curl } from './curl.js';

export const stacks: Stack[] = [curl];
