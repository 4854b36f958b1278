/** What is refused because of the configuration of the server. */
import { ask, BY_PASSWORD, type Case } from '../world.js';

export const passwordsOffCase: Case = {
  cause: 'grant_type.switched_off',
  provoke: (world) => ask(world, { grant_type: 'password', username: 'a', password: 'b' }),
  reads: ['has switched the password grant off'],
};

/** Told as a wrong password is: else the developer would learn that a guessed one was right. */
export const emailCase: Case = {
  cause: 'password.wrong',
  provoke: (world) => ask(world, BY_PASSWORD),
  reads: ['that do not belong together, an account that is disabled, or one whose address is not confirmed'],
};
