/** a second node whose clock is ahead or behind. */
import { existsSync } from 'node:fs';
import { createLocalJWKSet, decodeJwt, type JSONWebKeySet, jwtVerify } from 'jose';
import type { HttpClient } from '../../../bench/load/http-client.js';
import { codeOf, seedOn } from '../../support/factors.js';
import { createPerson, PASSWORD, type TestApplication } from '../../support/people.js';
import type { Experiment, Figure, Rig } from '../experiment.js';
import { outcomeOf } from '../rig/load.js';
import { newBrowserAt, openNodeClient } from '../rig/node-client.js';
import { pause, waitUntil } from '../rig/pause.js';
import {
  askByPassword,
  askForCode,
  askProfile,
  exchangeCode,
  Refusal,
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
// Of the tokens where the clocks differ by more than that: otherwise nothing would be good at both even when it is new.
const LONG_LIFETIME = 135;
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
const TOKENS = 'code no, access token yes, refresh token yes';
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

/** What B says to the right password, before many wrong ones at A and after them. */
async function guessAtA(a: HttpClient, b: HttpClient, app: TestApplication, username: string) {
  const askB = () =>
    askByPassword(b, app, username, PASSWORD).then(
      () => '200',
      (error: Error) => {
        const retry = error instanceof Refusal && error.answer.headers['retry-after'];
        return outcomeOf(error) + (retry ? ' with Retry-After' : '');
      },
    );
  const before = await askB();
  for (let i = 0; i < WRONG_PASSWORDS; i++) await isDone(askByPassword(a, app, username, 'wrong'));
  return `${before}, ${await askB()}`;
}

/** An ID token of B, by the right time and the keys that A shows. */
async function verifyIdToken(a: HttpClient, b: HttpClient, app: TestApplication, { cookies }: Person) {
  const keys = JSON.parse((await a.get('/o/.well-known/jwks.json')).text) as JSONWebKeySet;
  const asked = Date.now();
  const { id_token: token = '' } = await exchangeCode(b, app, await askForCode(b, app, cookies, 'openid'));
  // With an age it may have, what was issued in the future is refused as well.
  const rules = { clockTolerance: TOLERATED, maxTokenAge: '10 minutes' };
  const isGood = await isDone(jwtVerify(token, createLocalJWKSet(keys), rules));
  return { isGood, ahead: (decodeJwt(token).iat ?? Number.NaN) - asked / 1_000 };
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

/** What the two accept of each other, fresh, one second after its end by the clock that made it, and half a minute later. */
async function compare(
  a: HttpClient,
  { skew, node, http: b }: Pair,
  { people, database }: World,
  guarded: Guarded,
): Promise<Figure[]> {
  const person = people[0]!;
  const guessed = `guessed-${skew}`;
  await createPerson({ database }, guessed);
  const isTolerated = Math.abs(skew) <= TOLERATED;
  const lifetime = isTolerated ? LIFETIME : LONG_LIFETIME;
  const app = await makeApp(database, {
    accessTokenLifetime: lifetime,
    refreshTokenLifetime: lifetime,
    refreshGracePeriod: 0,
  });
  const fromA = await make(a, app, person);
  const freshAtB = await present(b, app, fromA);
  const freshAtA = await present(a, app, await make(b, app, person));
  const [oldFromA, older] = [await make(a, app, person), await make(a, app, person)];
  const end = pause((lifetime + 1) * 1_000);
  const latestEnd = pause((lifetime + TOLERATED + 1) * 1_000);
  const isReady = await node.isReady();
  const idToken = await verifyIdToken(a, b, app, person);
  const passwords = await guessAtA(a, b, app, guessed);
  await end;
  const endedAtB = await present(b, app, oldFromA);
  // No sooner: the code with which the app was set up is spent.
  const code = await takesCode(node, guarded, app);
  await latestEnd;
  const longEndedAtB = await present(b, app, older);
  // The code of the authorization request lasts for less than these clocks differ by.
  const fresh = (isBehind: boolean) => ({ is: isTolerated || isBehind ? EVERY : TOKENS });
  const what = (text: string) => `B at ${skew > 0 ? '+' : ''}${skew} s: ${text}`;
  return [
    { what: what('B ready'), value: isReady ? 'yes' : 'no', bar: { is: isTolerated ? 'yes' : 'no' } },
    {
      what: what('log names the clock'),
      value: node.log().includes(CLOCK_LINE) ? 'yes' : 'no',
      bar: { is: isTolerated ? 'no' : 'yes' },
    },
    { what: what('B takes what A made'), value: freshAtB, bar: fresh(skew < 0) },
    { what: what('A takes what B made'), value: freshAtA, bar: fresh(skew > 0) },
    {
      what: what('B takes what has ended by the clock of A'),
      value: endedAtB,
      ...(skew > 0 ? { bar: { is: NONE } } : {}),
    },
    {
      what: what(`B takes what ended ${TOLERATED} s ago by the clock of A`),
      value: longEndedAtB,
      ...(skew >= -TOLERATED ? { bar: { is: NONE } } : {}),
    },
    { what: what('its ID tokens are issued ahead by'), value: idToken.ahead, unit: 's' },
    {
      what: what(`a verifier that tolerates ${TOLERATED} s takes them`),
      value: idToken.isGood ? 'yes' : 'no',
      ...(isTolerated ? { bar: { is: 'yes' } } : {}),
    },
    {
      what: what('takes the code that an authenticator app shows'),
      value: code,
      ...(isTolerated ? { bar: { is: 'yes' } } : {}),
    },
    {
      what: what('answers to the right password, before too many wrong ones at A and after'),
      value: passwords,
      bar: { is: '200, 400 with Retry-After' },
    },
  ];
}

export const experiment: Experiment = {
  name: 'clock-skew',
  title: 'Half a minute between two clocks harms nobody, and a node that is further off is not ready (R-23)',
  findObstacle: async () => (LIBRARY ? undefined : 'libfaketime is not installed (apt-get install faketime)'),

  limit: () => 3 + (LONG_LIFETIME + TOLERATED) / 60,

  async run(rig): Promise<Figure[]> {
    const postgres = await rig.startPostgres();
    const databaseUrl = postgres.url();
    const environment = { AUTHORIZATION_CODE_EXPIRE_SECONDS: String(LIFETIME) };
    const a = await rig.startNode({ name: 'a', databaseUrl, environment });
    const world = await makeWorld(rig, a, databaseUrl, { people: 1 });
    const http = openNodeClient(a);
    const figures = await Promise.all(
      SKEWS.map(async (skew) =>
        compare(
          http,
          await startSkewed(rig, skew, databaseUrl, a.issuer),
          world,
          await setUpGuarded(a, world, `guarded-${skew}`),
        ),
      ),
    );
    return figures.flat();
  },
};
