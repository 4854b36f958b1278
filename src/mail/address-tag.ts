import { createHash } from 'node:crypto';

/** What stands for an address in the keys of table throttles, so that a dump of it names none. */
export const addressTag = (email: string): string =>
  createHash('sha256').update(email.toLowerCase()).digest('hex').slice(0, 16);
