/** Every experiment, in the order of a full run. */
import type { Experiment } from '../experiment.js';

export const experiments: Experiment[] = [];
