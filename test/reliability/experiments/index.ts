/** Every experiment, in the order of a full run. */
import type { Experiment } from '../experiment.js';
import { experiment as expiredRowsLeave } from './expired-rows-leave.js';

export const experiments: Experiment[] = [expiredRowsLeave];
