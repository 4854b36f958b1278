/** What a day is made of: tokens looked at, refreshed, got by a code, got by a password. */
import type { HttpClient } from '../../../bench/load/http-client.js';
import type { TestApplication } from '../../support/people.js';
import type { Action } from './load.js';
import type { Random } from './random.js';
import {
  askByPassword,
  askForCode,
  askProfile,
  exchangeCode,
  introspect,
  type Pair,
  refreshTokens,
} from './requests.js';
import type { Person } from './world.js';

/** What of a world they need. */
export interface EverydayWorld {
  app: Pick<TestApplication, 'clientId' | 'secret'>;
  people: Pick<Person, 'username' | 'password' | 'cookies'>[];
}

export interface EverydayOptions {
  http: HttpClient;
  world: EverydayWorld;
  random: Random;
  /** Made beforehand. A refresh ends the access token before it: one half is asked about, the other refreshed. */
  signIns: Pair[];
}

const isAskedAbout = (_: unknown, index: number) => index % 2 === 0;
const isRefreshed = (_: unknown, index: number) => index % 2 === 1;

export async function makeSignIns(http: HttpClient, { app, people }: EverydayWorld, count: number) {
  const made: Pair[] = [];
  for (let i = 0; i < count; i++) {
    const { cookies } = people[i % people.length]!;
    made.push(await exchangeCode(http, app, await askForCode(http, app, cookies)));
  }
  return made;
}

export function introspectAction({ http, world: { app }, random, signIns }: EverydayOptions): Action['run'] {
  const tokens = signIns.filter(isAskedAbout).map(({ access_token }) => access_token);
  return async () => {
    const token = random.pick(tokens);
    if (!(await introspect(http, app, token)).active) throw new Error('a live token is not active');
  };
}

export function profileAction({ http, random, signIns }: EverydayOptions): Action['run'] {
  const tokens = signIns.filter(isAskedAbout).map(({ access_token }) => access_token);
  return async () => {
    if (!(await askProfile(http, random.pick(tokens)))) throw new Error('a live token is refused');
  };
}

/** Each sign-in is a chain that one client goes on with; it tries again with the same token when it got no answer. */
export function refreshAction(options: EverydayOptions): Action['run'] {
  const { http, world, signIns } = options;
  const otherwise = introspectAction(options);
  const free = signIns.filter(isRefreshed).map(({ refresh_token }) => refresh_token);
  return async () => {
    const token = free.shift();
    // A client does not refresh again before it has an answer; under a flood all of them may be waiting.
    if (!token) return otherwise();
    let next = token;
    try {
      next = (await refreshTokens(http, world.app, token)).refresh_token;
    } finally {
      free.push(next);
    }
  };
}

export function codeFlowAction({ http, world: { app, people }, random }: EverydayOptions): Action['run'] {
  return async () => {
    await exchangeCode(http, app, await askForCode(http, app, random.pick(people).cookies));
  };
}

export function loginAction({ http, world: { app, people }, random }: EverydayOptions): Action['run'] {
  return async () => {
    const { username, password } = random.pick(people);
    await askByPassword(http, app, username, password);
  };
}

/** The mix of R-39: in hundredths. */
export function everydayActions(options: EverydayOptions): Action[] {
  return [
    { name: 'introspect', weight: 30, run: introspectAction(options) },
    { name: 'profile', weight: 30, run: profileAction(options) },
    { name: 'refresh', weight: 25, run: refreshAction(options) },
    { name: 'code flow', weight: 10, run: codeFlowAction(options) },
    { name: 'login', weight: 5, run: loginAction(options) },
  ];
}
