/** What is refused because of the configuration of the server. */
import { ask, BY_PASSWORD, type Case } from '../world.js';

export const passwordsOffCase: Case = {
  cause: 'grant_type.switched_off',
  provoke: (world) => ask(world, { grant_type: 'password', username: 'a', password: 'b' }),
  reads: ['has switched the password grant off'],
};

export const emailCase: Case = {
  cause: 'password.email_not_verified',
  provoke: (world) => ask(world, BY_PASSWORD),
  reads: ['whose email address is not confirmed'],
};
