/** Compares a server with the ledger: everything given out is there, and nothing that was taken away has come back. */
import type { HttpClient } from '../../../bench/load/http-client.js';
import type { Database } from '../../../src/database/database.js';
import { hashToken } from '../../../src/secrets/token-hash.js';
import type { Figure } from '../experiment.js';
import { type Durability, durabilityFigures, readDurability } from './durability.js';
import type { LedgerLine, Negative } from './ledger.js';
import { type ExpectedChain, type ExpectedToken, type LedgerState, readState } from './ledger-state.js';
import {
  askAsClient,
  askByPassword,
  askForCode,
  exchangeCode,
  introspect,
  Refusal,
  refreshTokens,
} from './requests.js';
import type { World } from './world.js';

export interface Verdict {
  acknowledged: number;
  /** What was acknowledged and is not there: each in a few words. */
  lost: string[];
  /** What was taken away and is there again. */
  resurrected: string[];
  /** Neither is claimed of these: asked, and never answered. */
  open: number;
  negatives: number;
  /** Refreshes that the server took for theft before anything spent was presented on purpose; here nobody steals. */
  thefts: number;
  durability: Durability;
}

interface VerifyOptions {
  world: World;
  /** That of the node that is asked: a restored one is not the world's. */
  database: Database;
  http: HttpClient;
  lines: LedgerLine[];
  /** See readState. */
  until?: number;
  /** Seconds an expiry may differ from what the client computed. */
  tolerance?: number;
}

// At a time; the server's pool has ten connections.
const AT_ONCE = 16;
// Presenting a spent code or token ends its sign-in, so this comes last, and not for all of a long run.
const MOST_REPLAYS = 300;

async function forEach<T>(list: T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = list.values();
  const worker = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** @returns undefined when the server says no; it must not say that it cannot */
async function unlessRefused<T>(
  work: Promise<T>,
  onRefused: (refusal: Refusal) => void = () => {},
): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof Refusal) || error.answer.status >= 500) throw error;
    onRefused(error);
    return undefined;
  }
}

const short = (token: string) => `${token.slice(0, 8)}...`;

async function verifyToken(
  { world, http, tolerance = 2 }: VerifyOptions,
  verdict: Verdict,
  expected: ExpectedToken,
): Promise<void> {
  const { token, exp, earliestExp, clientId, username, state, by } = expected;
  if (state === 'open') return void verdict.open++;
  const found = await introspect(http, world.app, token);
  if (state === 'ended') {
    if (found.active) verdict.resurrected.push(`access token ${short(token)} ended by ${by}`);
    return;
  }
  if (!found.active) return void verdict.lost.push(`access token ${short(token)} of ${username ?? clientId}`);
  const ends = found.exp ?? 0;
  const isInTime = ends >= earliestExp - tolerance && ends <= exp + tolerance;
  if (found.client_id !== clientId || !isInTime)
    verdict.lost.push(
      `access token ${short(token)}: ${JSON.stringify(found)} instead of ${clientId}, ${exp}`,
    );
}

/** The last refresh token of each sign-in goes on, also when its last use had no answer. */
async function verifyChain(
  { world, http }: VerifyOptions,
  verdict: Verdict,
  chain: ExpectedChain,
): Promise<void> {
  if (chain.state === 'open') return void verdict.open++;
  const what = `refresh token ${short(chain.refreshToken)} of ${chain.id}`;
  let reason = '';
  const refresh = (token: string) =>
    unlessRefused(refreshTokens(http, world.app, token), ({ message }) => {
      reason = message;
    });
  const tokens = await refresh(chain.refreshToken);
  if (chain.state === 'ended') {
    if (tokens) verdict.resurrected.push(what);
    return;
  }
  const circumstances = chain.isUncertain ? ', whose last use had no answer' : '';
  if (!tokens) return void verdict.lost.push(`${what}${circumstances}: ${reason}`);
  // The next one is spent as well: an answer repeated within the grace must hold something that works.
  const next = await refresh(tokens.refresh_token);
  if (!next) verdict.lost.push(`the successor of ${what}${circumstances}: ${reason}`);
}

async function verifyNegative(
  { world, http }: VerifyOptions,
  verdict: Verdict,
  what: Negative,
): Promise<void> {
  const isBack = (thing: string) => verdict.resurrected.push(thing);
  switch (what.type) {
    case 'logout':
      if (await unlessSentToLogin(askForCode(http, world.app, what.cookies)))
        isBack(`session of ${what.username}`);
      return;
    case 'password change':
      if (await unlessSentToLogin(askForCode(http, world.app, what.otherCookies)))
        isBack(`other session of ${what.username}`);
      if (await unlessRefused(askByPassword(http, world.app, what.username, what.old)))
        isBack(`old password of ${what.username}`);
      if (!(await unlessRefused(askByPassword(http, world.app, what.username, what.new))))
        verdict.lost.push(`new password of ${what.username}`);
      return;
    case 'disabled user':
      if (await unlessRefused(askByPassword(http, world.app, what.username, what.password)))
        isBack(what.username);
      return;
    case 'secret rotation': {
      const { clientId, old, new: secret = '' } = what;
      if (await unlessRefused(askAsClient(http, { clientId, secret: old })))
        isBack(`old secret of ${clientId}`);
      if (!(await unlessRefused(askAsClient(http, { clientId, secret }))))
        verdict.lost.push(`new secret of ${clientId}`);
      return;
    }
    // Its tokens were verified one by one.
    case 'revocation':
  }
}

/** A browser that is not signed in is sent to the sign-in page. */
const unlessSentToLogin = (work: Promise<string>) => unlessRefused(work);

/** What was spent with an answer is spent for good. */
async function verifySpent(
  { world, http }: VerifyOptions,
  verdict: Verdict,
  state: LedgerState,
): Promise<void> {
  const chains = [...state.chains.values()].slice(-MOST_REPLAYS);
  await forEach(chains, async ({ id, code, spent, isUncertain }) => {
    if (code && (await unlessRefused(exchangeCode(http, world.app, code))))
      verdict.resurrected.push(`code of ${id}`);
    const old = isUncertain ? undefined : spent.at(-1);
    if (old && (await unlessRefused(refreshTokens(http, world.app, old))))
      verdict.resurrected.push(`spent refresh token of ${id}`);
  });
}

async function countThefts({ database }: VerifyOptions): Promise<number> {
  const [row] = await database.knex('audit_events').where({ event: 'refresh.reuse_detected' }).count();
  return Number(row?.count);
}

/** What the tables know of a sign-in that is lost: whether its grant is there, and who has taken something from its person. */
async function explainLoss(
  { knex }: Database,
  { id, refreshToken, spent, code }: ExpectedChain,
): Promise<string> {
  const tokens = [...spent, refreshToken].map(hashToken);
  const rows = await knex('refresh_tokens').whereIn('token_hash', tokens).orderBy('issued_at');
  const grantIds = [...new Set(rows.map(({ grant_id }) => String(grant_id)))];
  const grants = await knex('grants').whereIn('id', grantIds).select('id', 'created_at', 'expires_at');
  const codes = code ? await knex('authorization_codes').where({ token_hash: hashToken(code) }) : [];
  const events = await knex('audit_events')
    .whereIn('event', ['token.revoked', 'code.replayed', 'refresh.reuse_detected', 'consent.revoked'])
    .whereIn('account_id', [...new Set(rows.map(({ account_id }) => Number(account_id)))])
    .orderBy('at', 'desc')
    .limit(20);
  return JSON.stringify({
    chain: id,
    refreshTokens: rows.map((row) => [
      row.grant_id,
      row.issued_at,
      row.consumed_at,
      row.successor_hash !== null,
    ]),
    grants,
    codes: codes.map((row) => [row.grant_id, row.issued_at, row.consumed_at]),
    events: events.map(({ event, at, details, request_id }) => [event, at, details, request_id]),
  });
}

export async function verifyLedger(options: VerifyOptions): Promise<Verdict> {
  const state = readState(options.lines, options.until);
  const done = [...state.negatives.values()].filter(({ isDone }) => isDone);
  const { acknowledged } = state;
  const durability = await readDurability(options.database);
  const counts = { open: 0, negatives: done.length, thefts: 0, durability };
  const verdict: Verdict = { acknowledged, lost: [], resurrected: [], ...counts };
  const all = [...state.chains.values()];
  // As a client does that waits for an answer: while the grace lasts. Of the others' tokens a refresh would end some.
  await forEach(
    all.filter(({ isUncertain }) => isUncertain),
    (chain) => verifyChain(options, verdict, chain),
  );
  await forEach([...state.tokens.values()], (token) => verifyToken(options, verdict, token));
  await forEach(
    all.filter(({ isUncertain }) => !isUncertain),
    (chain) => verifyChain(options, verdict, chain),
  );
  await forEach(done, ({ what }) => verifyNegative(options, verdict, what));
  verdict.thefts = await countThefts(options);
  const chains = all.filter(({ id }) => verdict.lost.some((lost) => lost.includes(` of ${id}`)));
  for (const chain of chains.slice(0, 3)) verdict.lost.push(await explainLoss(options.database, chain));
  await verifySpent(options, verdict, state);
  return verdict;
}

export function ledgerFigures({
  acknowledged,
  lost,
  resurrected,
  open,
  negatives,
  thefts,
  durability,
}: Verdict): Figure[] {
  return [
    { what: 'acknowledged', value: acknowledged },
    { what: 'lost', value: lost.length, bar: { is: 0 } },
    { what: 'acknowledged revocations and the like', value: negatives },
    { what: 'of these resurrected', value: resurrected.length, bar: { is: 0 } },
    { what: 'honest refreshes taken for theft', value: thefts, bar: { is: 0 } },
    { what: 'asked and never answered, so neither is claimed', value: open },
    ...durabilityFigures(durability),
  ];
}
