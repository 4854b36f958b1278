/** What the server must know, by the ledger: computed from its lines alone, in their order. */
import type { LedgerLine, Negative } from './ledger.js';

/** 'open': something was asked and not answered, so that both are right. */
export type Expected = 'live' | 'ended' | 'open';

export interface ExpectedToken {
  token: string;
  clientId: string;
  /** Seconds since 1970. */
  exp: number;
  earliestExp: number;
  username?: string;
  chain?: string;
  state: Expected;
  /** What ended it. */
  by?: Negative['type'] | 'refresh';
}

export interface ExpectedChain {
  id: string;
  clientId: string;
  /** The one that goes on; was spent perhaps, when `isUncertain`. */
  refreshToken: string;
  /** Earlier ones of it, spent with an answer. */
  spent: string[];
  code?: string;
  accessToken: string;
  username?: string;
  state: Expected;
  isUncertain: boolean;
}

export interface ExpectedNegative {
  what: Negative;
  isDone: boolean;
}

export interface LedgerState {
  /** Whole answers that were read. */
  acknowledged: number;
  tokens: Map<string, ExpectedToken>;
  chains: Map<string, ExpectedChain>;
  /** By their nature and whom they concern. */
  negatives: Map<string, ExpectedNegative>;
}

function subjectOf(what: Negative): string {
  if (what.type === 'revocation') return what.token;
  return what.type === 'secret rotation' ? what.clientId : what.username;
}

function issue(state: LedgerState, line: LedgerLine & { kind: 'issued' }): void {
  const {
    accessToken,
    refreshToken,
    clientId,
    exp,
    earliestExp = exp,
    username,
    chain: id,
    spent,
    grant,
  } = line;
  const known = id ? state.chains.get(id) : undefined;
  // Of a person who was disabled meanwhile, say.
  const inherited = known?.state ?? 'live';
  const whose = { ...(username ? { username } : {}), ...(id ? { chain: id } : {}) };
  const token = { token: accessToken, clientId, exp, earliestExp, state: inherited, ...whose };
  state.tokens.set(accessToken, token);
  if (!id || !refreshToken) return;
  if (!known) {
    const code = grant === 'authorization_code' && spent ? { code: spent } : {};
    const chain = { id, clientId, refreshToken, accessToken, spent: [], isUncertain: false, ...code };
    state.chains.set(id, { ...chain, state: 'live', ...(username ? { username } : {}) });
    return;
  }
  end(state.tokens.get(known.accessToken), 'refresh');
  known.spent.push(known.refreshToken);
  Object.assign(known, { refreshToken, accessToken, isUncertain: false });
}

function end(token: ExpectedToken | undefined, by: ExpectedToken['by']): void {
  if (token) Object.assign(token, { state: 'ended', by });
}

function open(thing: { state: Expected } | undefined): void {
  if (thing && thing.state !== 'ended') thing.state = 'open';
}

function tokensUnder(state: LedgerState, what: Negative): ExpectedToken[] {
  const all = [...state.tokens.values()];
  if (what.type === 'disabled user') return all.filter(({ username }) => username === what.username);
  if (what.type !== 'revocation') return [];
  return what.chain
    ? all.filter(({ chain }) => chain === what.chain)
    : all.filter(({ token }) => token === what.token);
}

function chainsUnder(state: LedgerState, what: Negative): ExpectedChain[] {
  const all = [...state.chains.values()];
  if (what.type === 'disabled user') return all.filter(({ username }) => username === what.username);
  return what.type === 'revocation' ? all.filter(({ id }) => id === what.chain) : [];
}

function takeAway(state: LedgerState, what: Negative, isDone: boolean): void {
  state.negatives.set(`${what.type} ${subjectOf(what)}`, { what, isDone });
  for (const token of tokensUnder(state, what)) {
    if (isDone) end(token, what.type);
    else open(token);
  }
  for (const chain of chainsUnder(state, what)) {
    if (isDone) chain.state = 'ended';
    else open(chain);
  }
}

function makeUncertain(state: LedgerState, id: string): void {
  const chain = state.chains.get(id);
  if (!chain) return;
  chain.isUncertain = true;
  open(state.tokens.get(chain.accessToken));
}

/**
 * @param until milliseconds since 1970. Of what came later the server may know or not: it is a backup of that moment,
 *   say, whose exact place among the requests under way nobody can tell.
 */
export function readState(lines: LedgerLine[], until = Number.POSITIVE_INFINITY): LedgerState {
  const state: LedgerState = { acknowledged: 0, tokens: new Map(), chains: new Map(), negatives: new Map() };
  for (const line of lines) {
    const isKnown = line.t <= until;
    if (line.kind === 'issued') {
      if (isKnown) issue(state, line);
      else if (line.chain) makeUncertain(state, line.chain);
    } else if (line.kind === 'uncertain') makeUncertain(state, line.chain);
    else takeAway(state, line.what, line.kind === 'done' && isKnown);
    if (isKnown && (line.kind === 'issued' || line.kind === 'done')) state.acknowledged++;
  }
  return state;
}
