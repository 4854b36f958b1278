/**
 * The signing keys are rotated by the command, under load, at nodes that are not restarted. A verifier that keeps the
 * public keys for as long as it may, and does not ask for them anew when it meets one it does not know, verifies every
 * ID token.
 */
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import type { HttpClient } from '../../../bench/load/http-client.js';
import { KEYS_ARE_READ_EVERY } from '../../../src/engine/keys/key-rotation.js';
import type { Experiment, Figure, Rig } from '../experiment.js';
import { latchkey } from '../rig/command.js';
import { describeOutcomes, startLoad, summarize } from '../rig/load.js';
import { openNodeClient } from '../rig/node-client.js';
import { pause, waitUntil } from '../rig/pause.js';
import { createRandom } from '../rig/random.js';
import { askForCode, exchangeCode } from '../rig/requests.js';
import { MAIN } from '../rig/server-node.js';
import { makeApp, makeWorld } from '../rig/world.js';

/** Seconds for which the verifier keeps the public keys; ten minutes in real life (src/engine/keys/key-rotation.ts). */
const KEPT_FOR = 20;
/** Seconds in which every node has read a new key, and some. */
const TAKEN_UP = 25;
// Code flows per second, over both nodes: with --seconds 600 more than a hundred thousand verifications.
const RATE = 45;

interface Verifier {
  /** @throws Error when the token is not good by the keys that the verifier has */
  verify(token: string): Promise<void>;
}

/** Asks one node after the other for the keys, as a proxy would have it. */
function openVerifier(nodes: HttpClient[], keptFor: number): Verifier {
  let keys: Promise<ReturnType<typeof createLocalJWKSet>> | undefined;
  let readAt = 0;
  let reads = 0;
  const read = async () => {
    const { text } = await nodes[reads++ % nodes.length]!.get('/o/.well-known/jwks.json');
    return createLocalJWKSet(JSON.parse(text) as JSONWebKeySet);
  };
  return {
    async verify(token) {
      if (!keys || performance.now() - readAt > keptFor * 1_000) {
        readAt = performance.now();
        keys = read();
      }
      await jwtVerify(token, await keys);
    },
  };
}

/** The names of the keys that this node shows. */
async function shownKids(http: HttpClient): Promise<(string | undefined)[]> {
  const { text } = await http.get('/o/.well-known/jwks.json');
  return (JSON.parse(text) as JSONWebKeySet).keys.map(({ kid }) => kid);
}

/** How many of them every node shows. */
async function countShown(clients: HttpClient[], kids: string[]): Promise<number> {
  const shown = await Promise.all(clients.map(shownKids));
  return kids.filter((kid) => shown.every((each) => each.includes(kid))).length;
}

/** An old key is taken out by the command. @returns the seconds until no node shows it any more */
async function retire(databaseUrl: string, clients: HttpClient[], kid: string): Promise<number> {
  await latchkey(MAIN, databaseUrl, ['keys', 'retire', kid]);
  const isGone = async () => !(await Promise.all(clients.map(shownKids))).some((kids) => kids.includes(kid));
  return (await waitUntil('the key has left', isGone)) / 1_000;
}

interface Seen {
  verified: number;
  failures: string[];
  /** By kid: of performance.now(), when a token of it was first seen, and last. */
  kids: Map<string, { first: number; last: number; count: number }>;
}

async function run(rig: Rig): Promise<Figure[]> {
  const { options } = rig;
  const keptFor = options.seconds ?? KEPT_FOR;
  const announceFor = keptFor + TAKEN_UP;
  const postgres = await rig.startPostgres();
  const databaseUrl = postgres.url();
  const first = await rig.startNode({ name: 'a', databaseUrl });
  const second = await rig.startNode({ name: 'b', databaseUrl, issuer: first.issuer });
  const nodes = [first, second];
  const world = await makeWorld(rig, first, databaseUrl);
  const apps = [
    await makeApp(world.database, { idTokenAlg: 'RS256' }),
    await makeApp(world.database, { idTokenAlg: 'ES256' }),
  ];
  const clients = nodes.map((node) => openNodeClient(node));
  rig.atEnd(() => {
    for (const http of clients) http.close();
  });
  const verifier = openVerifier(clients, keptFor);
  const random = createRandom(options.seed);
  const seen: Seen = { verified: 0, failures: [], kids: new Map() };
  // Some of those before, to be verified again and again.
  const kept: string[] = [];

  const verify = async (token: string): Promise<void> => {
    await verifier.verify(token).catch((error: Error) => {
      seen.failures.push(`${decodeProtectedHeader(token).kid}: ${error.message}`);
    });
    seen.verified++;
  };
  const signInAndVerify = (http: HttpClient) => async () => {
    const app = random.pick(apps);
    const code = await askForCode(http, app, random.pick(world.people).cookies, 'openid');
    const { id_token: token = '' } = await exchangeCode(http, app, code);
    const { kid = '' } = decodeProtectedHeader(token);
    const now = performance.now();
    const known = seen.kids.get(kid) ?? { first: now, last: now, count: 0 };
    seen.kids.set(kid, { ...known, last: now, count: known.count + 1 });
    await verify(token);
    if (kept.length < 200) kept.push(token);
    await verify(random.pick(kept));
  };
  const actions = clients.map((http, index) => ({
    name: `at ${nodes[index]!.name}`,
    weight: 1,
    run: signInAndVerify(http),
  }));
  const load = startLoad({ actions, random, rate: RATE, signal: rig.signal });
  await pause(5_000);

  const rotatedAt = performance.now();
  const printed = await latchkey(MAIN, databaseUrl, [
    ...['keys', 'rotate', '--json', '--announce-for', String(announceFor)],
  ]);
  const rotated = JSON.parse(printed) as { kid: string; activates_at: string; old_leaves_at: string }[];
  rig.log(`rotated; the new keys sign in ${announceFor} s`);
  await pause((announceFor + keptFor + 5) * 1_000);
  const samples = summarize(await load.stop());

  for (const failure of seen.failures.slice(0, 5)) rig.log(failure);
  const news = rotated.map(({ kid }) => seen.kids.get(kid));
  const olds = [...seen.kids].filter(([kid]) => !rotated.some((each) => each.kid === kid));
  const firstUse = Math.min(...news.map((each) => each?.first ?? Number.NaN));
  const lastOld = Math.max(...olds.map(([, { last }]) => last));
  const [{ activates_at, old_leaves_at } = { activates_at: '', old_leaves_at: '' }] = rotated;
  return [
    { what: 'sign-ins', value: samples.count },
    { what: 'failed', value: describeOutcomes(samples), bar: { is: 'none' } },
    { what: 'verifications, by public keys up to so many seconds old', value: keptFor },
    { what: 'ID tokens verified', value: seen.verified },
    { what: 'of these not good', value: seen.failures.length, bar: { is: 0 } },
    { what: 'algorithms signed with a new key', value: news.filter(Boolean).length, bar: { is: 2 } },
    {
      what: 'from the command to the first use of a new key',
      value: (firstUse - rotatedAt) / 1_000,
      unit: 's',
      bar: { atLeast: keptFor },
    },
    {
      what: 'from the first use of a new key to the last of an old one, over both nodes',
      value: Math.max(0, (lastOld - firstUse) / 1_000),
      unit: 's',
      bar: { atMost: 2 },
    },
    {
      what: 'the old public keys are to be shown after that for',
      value: (Date.parse(old_leaves_at) - Date.parse(activates_at)) / 3_600_000,
      unit: 'h',
      bar: { atLeast: 24 },
    },
    {
      what: 'old and new keys that both nodes show at the end',
      value: await countShown(clients, [...seen.kids.keys()]),
      bar: { is: 4 },
    },
    {
      what: 'from the retirement of an old key to the last node that shows it',
      value: await retire(databaseUrl, clients, olds[0]![0]),
      unit: 's',
      bar: { atMost: KEYS_ARE_READ_EVERY / 1_000 + 1 },
    },
    {
      what: 'of the other three both nodes show',
      value: await countShown(clients, [...seen.kids.keys()]),
      bar: { is: 3 },
    },
    { what: 'restarts of a node', value: nodes.flatMap(({ deaths }) => deaths).length, bar: { is: 0 } },
  ];
}

export const experiment: Experiment = {
  name: 'rotate-keys',
  title:
    'other keys take the place of those that sign, and every ID token is good for whoever keeps the keys (R-31)',
  limit: ({ seconds = KEPT_FOR }) => 4 + seconds / 20,
  run,
};
