import { openClient } from '../load/http-client.js';
import { signIn, type Tokens } from '../load/operations.js';
import type { Target } from '../target.js';
import { TOKENS_IN_USE } from './contestant.js';

/** Gives every person a chain of refresh tokens, and the target its live access tokens: all by signing in. */
export async function handOutTokens(target: Target): Promise<void> {
  const http = openClient(target.origin);
  const signInAs = async (person: Target['people'][number]): Promise<Tokens> =>
    signIn({ http, target, person, done: 0 });
  for (const person of target.people) person.refreshToken = (await signInAs(person)).refresh_token;
  for (let i = 0; i < TOKENS_IN_USE; i++) {
    const person = target.people[i % target.people.length]!;
    target.accessTokens.push((await signInAs(person)).access_token);
  }
  http.close();
}
