/** what may happen once happens once, although two nodes are asked at the same moment. */
import type { HttpClient } from '../../../bench/load/http-client.js';
import type { Experiment, Figure, Rig } from '../experiment.js';
import { outcomeOf } from '../rig/load.js';
import { openNodeClient } from '../rig/node-client.js';
import { pause } from '../rig/pause.js';
import { askForCode, askProfile, exchangeCode, type Pair, Refusal, refreshTokens } from '../rig/requests.js';
import { makeApp, makeWorld, type World } from '../rig/world.js';

const CODES = 60;
const REFRESHES = 60;
const AT_ONCE = 20;
// Seconds.
const GRACE = 2;

interface Nodes {
  a: HttpClient;
  b: HttpClient;
}

type Attempt = { tokens: Pair } | { refusal: string };

/** What a code or a token that was used before is refused with. */
const USED_BEFORE = '400 invalid_grant';

function describeRefusal(error: Error): string {
  if (!(error instanceof Refusal)) return outcomeOf(error);
  const { status, text } = error.answer;
  return `${status} ${/"error":\s*"(\w+)"/.exec(text)?.[1] ?? 'without an error code'}`;
}

const attempt = (asked: Promise<Pair>): Promise<Attempt> =>
  asked.then(
    (tokens) => ({ tokens }),
    (error: Error) => ({ refusal: describeRefusal(error) }),
  );

const tokensOf = (attempts: Attempt[]) => attempts.flatMap((each) => ('tokens' in each ? [each.tokens] : []));
const refusalsOf = (attempts: Attempt[]) =>
  attempts.flatMap((each) => ('refusal' in each ? [each.refusal] : []));

async function isLive(http: HttpClient, { access_token }: Pair): Promise<boolean> {
  return (await askProfile(http, access_token)) !== undefined;
}

/** Twenty at once, every other one at the other node. */
async function raceForCode({ a, b }: Nodes, { app, people }: World, round: number) {
  const code = await askForCode(a, app, people[round % people.length]!.cookies);
  const attempts = await Promise.all(
    Array.from({ length: AT_ONCE }, (_, i) => attempt(exchangeCode(i % 2 ? a : b, app, code))),
  );
  const winners = tokensOf(attempts);
  let live = 0;
  for (const tokens of winners) if (await isLive(b, tokens)) live++;
  return { winners: winners.length, live, refusals: refusalsOf(attempts) };
}

interface TwoTabs {
  /** Tabs that got no tokens, or tokens that do not work. */
  loggedOut: number;
  /** Both tabs hold the same pair. */
  isSame: boolean;
  /** The token both began with, and what they have now. */
  spent: string;
  now: Pair | undefined;
  refusals: string[];
}

async function raceToRefresh({ a, b }: Nodes, { app, people }: World, round: number): Promise<TwoTabs> {
  const code = await askForCode(a, app, people[round % people.length]!.cookies);
  const { refresh_token: spent } = await exchangeCode(b, app, code);
  const attempts = await Promise.all([a, b].map((http) => attempt(refreshTokens(http, app, spent))));
  const got = tokensOf(attempts);
  let live = 0;
  for (const tokens of got) if (await isLive(a, tokens)) live++;
  const isSame = got.length === 2 && got[0]!.refresh_token === got[1]!.refresh_token;
  return { loggedOut: 2 - live, isSame, spent, now: got[0], refusals: refusalsOf(attempts) };
}

/** After the grace, the spent token is a stolen one: it is refused, and takes everything with it. */
async function reuse({ a, b }: Nodes, { app }: World, { spent, now }: TwoTabs) {
  const attempts = [await attempt(refreshTokens(b, app, spent))];
  if (now) attempts.push(await attempt(refreshTokens(a, app, now.refresh_token)));
  const refusals = refusalsOf(attempts);
  const isDead = !now || !(await isLive(b, now));
  const isDetected = isDead && refusals.length === attempts.length && !refusals.some(isOtherRefusal);
  return { isDetected, refusals };
}

const isOtherRefusal = (refusal: string) => refusal !== USED_BEFORE;

function otherRefusals(rig: Rig, rounds: { refusals: string[] }[]): Figure {
  const others = rounds.flatMap(({ refusals }) => refusals.filter(isOtherRefusal));
  if (others.length) rig.log(`refused by ${[...new Set(others)].join(', ')}`);
  return { what: `refused otherwise than by ${USED_BEFORE}`, value: others.length, bar: { is: 0 } };
}

async function raceForCodes(rig: Rig, nodes: Nodes, world: World): Promise<Figure[]> {
  const rounds: Awaited<ReturnType<typeof raceForCode>>[] = [];
  for (let round = 0; round < (rig.options.rounds ?? CODES) && !rig.signal.aborted; round++)
    rounds.push(await raceForCode(nodes, world, round));
  return [
    { what: `codes, each sent ${AT_ONCE} times at once`, value: rounds.length },
    {
      what: 'codes that bought tokens other than once',
      value: rounds.filter(({ winners }) => winners !== 1).length,
      bar: { is: 0 },
    },
    {
      what: 'codes with more than one live token in the end',
      value: rounds.filter(({ live }) => live > 1).length,
      bar: { is: 0 },
    },
    otherRefusals(rig, rounds),
  ];
}

async function raceTabs(rig: Rig, nodes: Nodes, world: World): Promise<Figure[]> {
  const rounds: TwoTabs[] = [];
  for (let round = 0; round < (rig.options.rounds ?? REFRESHES) && !rig.signal.aborted; round++)
    rounds.push(await raceToRefresh(nodes, world, round));
  await pause(GRACE * 1_000 + 1_000);
  const reuses: Awaited<ReturnType<typeof reuse>>[] = [];
  for (const round of rounds) reuses.push(await reuse(nodes, world, round));
  const detected = reuses.filter(({ isDetected }) => isDetected).length;
  return [
    { what: 'refreshes by two tabs at once', value: rounds.length },
    {
      what: 'tabs logged out within the grace',
      value: rounds.reduce((sum, { loggedOut }) => sum + loggedOut, 0),
      bar: { is: 0 },
    },
    { what: 'rounds in which both got the same pair', value: rounds.filter(({ isSame }) => isSame).length },
    otherRefusals(rig, [...rounds, ...reuses]),
    {
      what: 'reuse after the grace that was detected',
      value: (100 * detected) / rounds.length,
      unit: '%',
      bar: { is: 100 },
    },
  ];
}

export const experiment: Experiment = {
  name: 'races-on-two-nodes',
  title:
    'A code works once and a refresh gives both tabs one answer, whichever of two nodes is asked (R-21, R-22)',
  limit: ({ rounds = CODES }) => 3 + rounds / 50,

  async run(rig): Promise<Figure[]> {
    const postgres = await rig.startPostgres();
    const databaseUrl = postgres.url();
    const a = await rig.startNode({ name: 'a', databaseUrl });
    const b = await rig.startNode({ name: 'b', databaseUrl, issuer: a.issuer });
    const world = await makeWorld(rig, a, databaseUrl);
    const app = await makeApp(world.database, { refreshGracePeriod: GRACE });
    const nodes = { a: openNodeClient(a), b: openNodeClient(b) };
    return [...(await raceForCodes(rig, nodes, world)), ...(await raceTabs(rig, nodes, { ...world, app }))];
  },
};
