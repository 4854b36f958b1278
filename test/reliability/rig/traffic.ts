/**
 * What people and applications do all day, on one node, with everything that is acknowledged going to the ledger.
 * Several nodes share the chains: a sign-in made on one is refreshed on another.
 */
import type { HttpClient } from '../../../bench/load/http-client.js';
import type { Ledger, LedgerLine } from './ledger.js';
import type { Action } from './load.js';
import { openNodeClient } from './node-client.js';
import type { Random } from './random.js';
import {
  askAsClient,
  askForCode,
  askProfile,
  exchangeCode,
  introspect,
  refreshTokens,
  revoke,
  type Tokens,
  WrongAnswer,
} from './requests.js';
import type { ServerNode } from './server-node.js';
import type { Person, World } from './world.js';

/** A sign-in with its refreshes, as its client sees it. */
export interface Chain {
  id: string;
  username: string;
  accessToken: string;
  refreshToken: string;
  isBusy: boolean;
  /** The last refresh had no answer: the access token may have ended. Milliseconds since 1970, of the first such. */
  uncertainSince?: number;
}

export interface TrafficState {
  chains: Chain[];
  /** Live tokens of applications themselves. */
  clientTokens: string[];
  begun: number;
}

export const newTrafficState = (): TrafficState => ({ chains: [], clientTokens: [], begun: 0 });

export interface TrafficDeps {
  world: World;
  node: ServerNode;
  ledger: Ledger;
  random: Random;
  state: TrafficState;
}

interface Connected extends TrafficDeps {
  http: HttpClient;
}

// Chains are kept so few that each is refreshed several times.
const MOST_CHAINS = 400;

type Unstamped<T> = T extends unknown ? Omit<T, 't' | 'node'> : never;

/** The time is taken when the answer was read, before the disk. */
export function stamp(node: ServerNode, line: Unstamped<LedgerLine>): LedgerLine {
  return { t: Date.now(), node: node.name, ...line } as LedgerLine;
}

export const expiryOf = ({ expires_in }: Pick<Tokens, 'expires_in'>) =>
  Math.round(Date.now() / 1_000) + expires_in;

/** The code flow of a browser that is signed in; the chain is the caller's, and nobody else knows of it. */
export async function beginChain(
  { world, node, ledger, state, http }: Connected,
  { username, cookies }: Pick<Person, 'username' | 'cookies'>,
): Promise<Chain> {
  const code = await askForCode(http, world.app, cookies);
  const {
    access_token: accessToken,
    refresh_token: refreshToken,
    ...tokens
  } = await exchangeCode(http, world.app, code);
  const id = `${node.name}-${++state.begun}`;
  const line = {
    kind: 'issued',
    grant: 'authorization_code',
    chain: id,
    clientId: world.app.clientId,
    spent: code,
    accessToken,
    refreshToken,
    exp: expiryOf(tokens),
    username,
  } as const;
  await ledger.write(stamp(node, line));
  return { id, username, accessToken, refreshToken, isBusy: false };
}

/** A client does not give a sign-in up whose last answer is missing. */
const isSettled = ({ isBusy, uncertainSince }: Chain) => !isBusy && uncertainSince === undefined;

async function signIn(deps: Connected): Promise<void> {
  const { world, random, state } = deps;
  const chain = await beginChain(deps, random.pick(world.people));
  if (state.chains.length < MOST_CHAINS) state.chains.push(chain);
  else {
    const index = random.below(MOST_CHAINS);
    if (isSettled(state.chains[index]!)) state.chains[index] = chain;
  }
}

async function refresh({ world, node, ledger, http }: Connected, chain: Chain) {
  const spent = chain.refreshToken;
  const asked = Date.now();
  try {
    const tokens = await refreshTokens(http, world.app, spent);
    const line = {
      kind: 'issued',
      grant: 'refresh_token',
      chain: chain.id,
      clientId: world.app.clientId,
      spent,
      accessToken: tokens.access_token,
      refreshToken: tokens.refresh_token,
      exp: expiryOf(tokens),
      username: chain.username,
    } as const;
    const since = chain.uncertainSince;
    const repeated = since ? { earliestExp: Math.floor(since / 1_000) + tokens.expires_in } : {};
    await ledger.write(stamp(node, { ...line, ...repeated }));
    delete chain.uncertainSince;
    Object.assign(chain, { accessToken: tokens.access_token, refreshToken: tokens.refresh_token });
  } catch (error) {
    // Whatever it says, 503 included: the commit may have come through.
    chain.uncertainSince ??= asked;
    await ledger.write(stamp(node, { kind: 'uncertain', chain: chain.id, refreshToken: spent }));
    throw error;
  }
}

const isUncertain = ({ uncertainSince }: Chain) => uncertainSince !== undefined;

/** Runs the work on a chain nobody else uses, or signs in when there is none. */
async function withChain(
  deps: Connected,
  work: (chain: Chain) => Promise<void>,
  isPreferred = (_chain: Chain) => false,
): Promise<void> {
  const free = deps.state.chains.filter(({ isBusy }) => !isBusy);
  const preferred = free.filter(isPreferred);
  const idle = preferred.length ? preferred : free;
  if (idle.length === 0) return signIn(deps);
  const chain = deps.random.pick(idle);
  chain.isBusy = true;
  try {
    await work(chain);
  } finally {
    chain.isBusy = false;
  }
}

async function revokeChain({ world, node, ledger, http, state }: Connected, chain: Chain) {
  const what = { type: 'revocation', token: chain.refreshToken, chain: chain.id } as const;
  await ledger.write(stamp(node, { kind: 'asked', what }));
  // Whatever the answer, nobody goes on with this chain.
  state.chains = state.chains.filter((each) => each !== chain);
  await revoke(http, world.app, chain.refreshToken);
  await ledger.write(stamp(node, { kind: 'done', what }));
}

async function askAsApplication({ world, node, ledger, http, state, random }: Connected) {
  const tokens = await askAsClient(http, world.app);
  const line = {
    kind: 'issued',
    grant: 'client_credentials',
    clientId: world.app.clientId,
    accessToken: tokens.access_token,
    exp: expiryOf(tokens),
  } as const;
  await ledger.write(stamp(node, line));
  if (state.clientTokens.length < MOST_CHAINS) state.clientTokens.push(tokens.access_token);
  else state.clientTokens[random.below(MOST_CHAINS)] = tokens.access_token;
}

async function revokeAccessToken({ world, node, ledger, http, state }: Connected) {
  const token = state.clientTokens.pop();
  if (!token) return;
  const what = { type: 'revocation', token } as const;
  await ledger.write(stamp(node, { kind: 'asked', what }));
  await revoke(http, world.app, token);
  await ledger.write(stamp(node, { kind: 'done', what }));
}

const notLive = (what: string, token: string) =>
  new WrongAnswer(`${what} of a live token says it is none`, {
    status: 200,
    location: undefined,
    text: token.slice(0, 6),
    headers: {},
  });

async function introspectChain({ world, http }: Connected, chain: Chain) {
  const { active } = await introspect(http, world.app, chain.accessToken);
  if (!active && !chain.uncertainSince) throw notLive('introspection', chain.accessToken);
}

async function readProfile({ http }: Connected, chain: Chain) {
  const username = await askProfile(http, chain.accessToken);
  if (username !== chain.username && !chain.uncertainSince) throw notLive('/profile', chain.accessToken);
}

/** In the proportions of a server whose every write is watched: more writes than any real one has. */
export function createTraffic(given: TrafficDeps): Action[] {
  const deps = { ...given, http: openNodeClient(given.node) };
  return [
    { name: 'sign-in', weight: 25, run: () => signIn(deps) },
    // Whoever waits for an answer asks again before the others ask anew: the grace is meant for that.
    { name: 'refresh', weight: 35, run: () => withChain(deps, (chain) => refresh(deps, chain), isUncertain) },
    { name: 'client_credentials', weight: 20, run: () => askAsApplication(deps) },
    { name: 'introspect', weight: 9, run: () => withChain(deps, (chain) => introspectChain(deps, chain)) },
    { name: 'profile', weight: 9, run: () => withChain(deps, (chain) => readProfile(deps, chain)) },
    { name: 'revoke', weight: 1, run: () => withChain(deps, (chain) => revokeChain(deps, chain)) },
    { name: 'revoke access token', weight: 1, run: () => revokeAccessToken(deps) },
  ];
}
