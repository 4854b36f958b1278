import type { ApplicationDeps } from '../applications/application-pages.js';

/** What the operations work with. */
export type ApplicationsApiDeps = Pick<ApplicationDeps, 'config' | 'database' | 'mails'>;
