/** Every request of every flow. */
import { pageSteps } from './page-steps.js';
import { portalSteps } from './portal-steps.js';
import { signInSteps } from './sign-in-steps.js';
import type { Step } from './step.js';
import { tokenSteps } from './token-steps.js';

export const steps: Step[] = [...tokenSteps, ...signInSteps, ...pageSteps, ...portalSteps];
