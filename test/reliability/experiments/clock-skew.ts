/** a second node whose clock is ahead or behind. */
import { existsSync } from 'node:fs';
import type { HttpClient } from '../../../bench/load/http-client.js';
import { codeOf, seedOn } from '../../support/factors.js';
import { createPerson, PASSWORD, type TestApplication } from '../../support/people.js';
import type { Experiment, Figure, Rig } from '../experiment.js';
import { newBrowserAt, openNodeClient } from '../rig/node-client.js';
import { pause, waitUntil } from '../rig/pause.js';
import {
  askByPassword,
  askForCode,
  askProfile,
  exchangeCode,
  refreshTokens,
  requirePage,
} from '../rig/requests.js';
import type { ServerNode } from '../rig/server-node.js';
import { cookiesOf, makeApp, makeWorld, type Person, signInBrowser, type World } from '../rig/world.js';

const LIBRARY = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib']
  .map((folder) => `${folder}/faketime/libfaketime.so.1`)
  .find((path) => existsSync(path));

const SKEWS = [30, -30, 120, -120];
// Seconds: of a code, an access token and a refresh token alike, so that one wait sees all three end.
const LIFETIME = 45;
// The readiness check allows 30 s (src/health): a node beyond it gets no requests from a proxy.
const TOLERATED = 30;

/** One of each kind, all unused. */
interface Credentials {
  code: string;
  accessToken: string;
  refreshToken: string;
}

async function make(http: HttpClient, app: TestApplication, { cookies }: Person): Promise<Credentials> {
  const signIn = async () => exchangeCode(http, app, await askForCode(http, app, cookies));
  const { access_token: accessToken } = await signIn();
  const { refresh_token: refreshToken } = await signIn();
  return { accessToken, refreshToken, code: await askForCode(http, app, cookies) };
}

const isDone = (asked: Promise<unknown>) =>
  asked.then(
    (answer) => answer !== undefined,
    () => false,
  );

/** 'code yes, access token no, refresh token yes' */
async function present(http: HttpClient, app: TestApplication, credentials: Credentials): Promise<string> {
  const accepted = {
    code: await isDone(exchangeCode(http, app, credentials.code)),
    'access token': await isDone(askProfile(http, credentials.accessToken)),
    'refresh token': await isDone(refreshTokens(http, app, credentials.refreshToken)),
  };
  return Object.entries(accepted)
    .map(([name, isAccepted]) => `${name} ${isAccepted ? 'yes' : 'no'}`)
    .join(', ');
}

const EVERY = 'code yes, access token yes, refresh token yes';
const NONE = 'code no, access token no, refresh token no';

/** Somebody whose code of an authenticator app is asked for, set up at A. */
interface Guarded {
  username: string;
  seed: string;
}

async function setUpGuarded(a: ServerNode, { database }: World, username: string): Promise<Guarded> {
  await createPerson({ database }, username);
  const browser = await signInBrowser(a, username);
  const form = await browser.open('/account/security/app');
  const seed = seedOn(form);
  requirePage(await browser.submit(form, { code: codeOf(seed) }, '/account/security/app'));
  return { username, seed };
}

/** Whether the code that the app shows now, by the right time, signs in. */
async function takesCode(node: ServerNode, { username, seed }: Guarded, app: TestApplication) {
  const browser = newBrowserAt(node);
  const asked = await browser.submit(
    await browser.open('/login'),
    { username, password: PASSWORD },
    '/login',
  );
  await browser.submit(asked, { code: codeOf(seed) }, '/second-step');
  const http = openNodeClient(node, { connections: 1 });
  const isSignedIn = await isDone(askForCode(http, app, await cookiesOf(browser, node.issuer)));
  http.close();
  return isSignedIn ? 'yes' : 'no';
}

// More than an account may be wrong in a quarter of an hour.
const WRONG_PASSWORDS = 25;

/** Whether the right password is refused at B after many wrong ones at A. */
async function isLockedOut(a: HttpClient, b: HttpClient, app: TestApplication, username: string) {
  for (let i = 0; i < WRONG_PASSWORDS; i++) await isDone(askByPassword(a, app, username, 'wrong'));
  return (await isDone(askByPassword(b, app, username, PASSWORD))) ? 'no' : 'yes';
}

interface Pair {
  skew: number;
  node: ServerNode;
  http: HttpClient;
}

async function startSkewed(rig: Rig, skew: number, databaseUrl: string, issuer: string): Promise<Pair> {
  const node = await rig.startNode({
    name: `b${skew}`,
    databaseUrl,
    issuer,
    environment: {
      AUTHORIZATION_CODE_EXPIRE_SECONDS: String(LIFETIME),
      LD_PRELOAD: LIBRARY ?? '',
      FAKETIME: `${skew > 0 ? '+' : ''}${skew}s`,
    },
    waitUntilReady: false,
  });
  const http = openNodeClient(node);
  const isUp = () =>
    http.get('/.well-known/openid-configuration', {}).then(
      ({ status }) => status === 200,
      () => false,
    );
  await waitUntil(`node ${node.name} answers`, isUp);
  return { skew, node, http };
}

const CLOCK_LINE = "this machine's clock is not that of the database";

/** What the two accept of each other, fresh and one second after its end by the clock that made it. */
async function compare(
  a: HttpClient,
  { skew, node, http: b }: Pair,
  { people, database }: World,
  app: TestApplication,
  guarded: Guarded,
): Promise<Figure[]> {
  const person = people[0]!;
  const guessed = `guessed-${skew}`;
  await createPerson({ database }, guessed);
  const [fromA, fromB, oldFromA] = [
    await make(a, app, person),
    await make(b, app, person),
    await make(a, app, person),
  ];
  const end = pause((LIFETIME + 1) * 1_000);
  const freshAtB = await present(b, app, fromA);
  const freshAtA = await present(a, app, fromB);
  const isReady = await node.isReady();
  const isTolerated = Math.abs(skew) <= TOLERATED;
  await end;
  const endedAtB = await present(b, app, oldFromA);
  const code = await takesCode(node, guarded, app);
  const lockout = await isLockedOut(a, b, app, guessed);
  const what = (text: string) => `B at ${skew > 0 ? '+' : ''}${skew} s: ${text}`;
  return [
    { what: what('B ready'), value: isReady ? 'yes' : 'no', bar: { is: isTolerated ? 'yes' : 'no' } },
    {
      what: what('log names the clock'),
      value: node.log().includes(CLOCK_LINE) ? 'yes' : 'no',
      bar: { is: isTolerated ? 'no' : 'yes' },
    },
    { what: what('B takes what A made'), value: freshAtB, ...(isTolerated ? { bar: { is: EVERY } } : {}) },
    { what: what('A takes what B made'), value: freshAtA, ...(isTolerated ? { bar: { is: EVERY } } : {}) },
    {
      what: what('B takes what has ended by the clock of A'),
      value: endedAtB,
      ...(skew > 0 ? { bar: { is: NONE } } : {}),
    },
    {
      what: what('takes the code that an authenticator app shows'),
      value: code,
      ...(isTolerated ? { bar: { is: 'yes' } } : {}),
    },
    {
      what: what('refuses the right password after too many wrong ones at A'),
      value: lockout,
      bar: { is: 'yes' },
    },
  ];
}

export const experiment: Experiment = {
  name: 'clock-skew',
  title: 'Half a minute between two clocks harms nobody, and a node that is further off is not ready (R-23)',
  findObstacle: async () => (LIBRARY ? undefined : 'libfaketime is not installed (apt-get install faketime)'),

  async run(rig): Promise<Figure[]> {
    const postgres = await rig.startPostgres();
    const databaseUrl = postgres.url();
    const environment = { AUTHORIZATION_CODE_EXPIRE_SECONDS: String(LIFETIME) };
    const a = await rig.startNode({ name: 'a', databaseUrl, environment });
    const world = await makeWorld(rig, a, databaseUrl, { people: 1 });
    const lifetimes = {
      accessTokenLifetime: LIFETIME,
      refreshTokenLifetime: LIFETIME,
      refreshGracePeriod: 0,
    };
    const app = await makeApp(world.database, lifetimes);
    const http = openNodeClient(a);
    const figures = await Promise.all(
      SKEWS.map(async (skew) =>
        compare(
          http,
          await startSkewed(rig, skew, databaseUrl, a.issuer),
          world,
          app,
          await setUpGuarded(a, world, `guarded-${skew}`),
        ),
      ),
    );
    return figures.flat();
  },
};
