/** The second step after the password, by JSON: nobody is signed in before it, and nothing but it is open (MF-03). */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { addToGroup } from '../../src/accounts/groups.js';
import { backToPresent, freezeAt } from '../support/clock.js';
import { codeOf, wrongCodeOf } from '../support/factors.js';
import { createPerson, PASSWORD } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { type FrontEnd, frontEndOf, newFrontEnd } from './front-end.js';

const SESSION = '/api/account/session';
const STEP = '/api/account/session/second-step';
const FACTORS = '/api/account/factors';
const CONFIRMATION = '/api/account/session/confirmation';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
// In the middle of a step of the app, so that no test straddles two of them.
beforeEach(() => freezeAt(new Date(Math.floor(Date.now() / 30_000) * 30_000 + 10_000)));
afterEach(backToPresent);
afterAll(() => server.stop());

interface Protected {
  frontEnd: FrontEnd;
  seed: string;
  recoveryCodes: string[];
}

/** A person with an app, whose code of this moment is spent. */
async function protect(username: string): Promise<Protected> {
  await createPerson(server, username);
  const frontEnd = await frontEndOf(server.url, username);
  const { body: setup } = await frontEnd.call('POST', `${FACTORS}/app/setup`);
  const app = { sealed: setup.sealed, code: codeOf(setup.seed) };
  const { status, body } = await frontEnd.call('POST', `${FACTORS}/app`, app);
  if (status !== 201) throw new Error(`no app: ${status} ${JSON.stringify(body)}`);
  return { frontEnd, seed: setup.seed, recoveryCodes: body.recovery_codes };
}

async function enterPassword(username: string, frontEnd = newFrontEnd(server.url)) {
  const answer = await frontEnd.call('POST', SESSION, { username, password: PASSWORD });
  return { frontEnd, answer };
}

const isSignedIn = async (frontEnd: FrontEnd) => (await frontEnd.call('GET', SESSION)).status === 200;
const later = (seconds: number) => freezeAt(new Date(Date.now() + seconds * 1000));

describe('with an authenticator app', () => {
  test('the password alone signs nobody in, and opens nothing but the step', async () => {
    await protect('ada');
    const { frontEnd, answer } = await enterPassword('ada');
    expect([answer.status, answer.body]).toEqual([
      202,
      { step: 'second_step', ways: ['app', 'recovery_code'], setup: null },
    ]);
    expect(await isSignedIn(frontEnd)).toBe(false);
    for (const [method, path] of [
      ['GET', '/api/account/profile'],
      ['GET', FACTORS],
      ['DELETE', `${FACTORS}/app`],
      ['POST', CONFIRMATION],
    ] as const)
      expect((await frontEnd.call(method, path, method === 'POST' ? {} : undefined)).status).toBe(401);
    expect((await frontEnd.call('GET', STEP)).body).toEqual(answer.body);
  });

  test('a right code signs in, once', async () => {
    const { seed } = await protect('betty');
    later(30);
    const { frontEnd } = await enterPassword('betty');
    const step = { way: 'app', code: codeOf(seed), next: '/start' };
    const answer = await frontEnd.call('POST', STEP, step);
    expect([answer.status, answer.body]).toMatchObject([
      200,
      { person: { username: 'betty' }, next: '/start', recovery_codes: [] },
    ]);
    expect((await frontEnd.call('GET', SESSION)).body).toMatchObject({
      methods: ['pwd', 'otp', 'mfa'],
      confirm_with: ['app', 'recovery_code'],
    });
    const again = await enterPassword('betty');
    expect((await again.frontEnd.call('POST', STEP, step)).status).toBe(401);
  });

  test('wrong ones are few: then it begins again with the password (MF-02)', async () => {
    const { seed } = await protect('cora');
    const { frontEnd } = await enterPassword('cora');
    const answers = [];
    for (let times = 0; times < 6; times++)
      answers.push(await frontEnd.call('POST', STEP, { way: 'app', code: wrongCodeOf(seed) }));
    const errors = answers.map(({ status, body }) => `${status} ${body.error}`);
    expect(errors.slice(0, 4)).toEqual(Array(4).fill('401 wrong_credentials'));
    expect(errors.slice(4)).toEqual(['401 sign_in_over', '401 sign_in_over']);
    later(30);
    const right = await frontEnd.call('POST', STEP, { way: 'app', code: codeOf(seed) });
    expect([right.status, await isSignedIn(frontEnd)]).toEqual([401, false]);
  });

  test('a recovery code stands in for it, once (MF-04)', async () => {
    const { recoveryCodes } = await protect('dora');
    const step = { way: 'recovery_code', code: recoveryCodes[0] };
    const { frontEnd } = await enterPassword('dora');
    expect((await frontEnd.call('POST', STEP, step)).status).toBe(200);
    expect((await frontEnd.call('GET', FACTORS)).body.recovery_codes).toBe(9);
    const again = await enterPassword('dora');
    expect((await again.frontEnd.call('POST', STEP, step)).status).toBe(401);
  });

  test('a browser that is remembered is not asked, until it is forgotten', async () => {
    const { seed, frontEnd: elsewhere } = await protect('emma');
    later(30);
    const { frontEnd } = await enterPassword('emma');
    await frontEnd.call('POST', STEP, { way: 'app', code: codeOf(seed), remember: true });
    await frontEnd.call('DELETE', SESSION);
    expect((await enterPassword('emma', frontEnd)).answer.status).toBe(200);
    const [browser] = (await elsewhere.call('GET', FACTORS)).body.remembered_browsers;
    const path = `/api/account/remembered-browsers/${browser.id}`;
    expect((await elsewhere.call('DELETE', path)).status).toBe(204);
    expect((await enterPassword('emma', frontEnd)).answer.status).toBe(202);
  });

  test('a browser that is in the middle of nothing is told so', async () => {
    for (const [method, body] of [
      ['GET', undefined],
      ['POST', { way: 'app', code: '123456' }],
    ] as const) {
      const answer = await newFrontEnd(server.url).call(method, STEP, body);
      expect([answer.status, answer.body.error]).toEqual([401, 'sign_in_over']);
    }
  });
});

test('whoever must have a second factor and has none sets one up on the way', async () => {
  await createPerson(server, 'fay');
  await addToGroup(server.database.knex, 'fay', 'editors');
  await server.database.knex('groups').where({ name: 'editors' }).update({ requires_factor: true });
  const { frontEnd, answer } = await enterPassword('fay');
  expect([answer.status, answer.body.ways]).toEqual([202, []]);
  const { seed, sealed } = answer.body.setup;
  const wrong = await frontEnd.call('POST', STEP, { way: 'setup', sealed, code: wrongCodeOf(seed) });
  expect([wrong.status, await isSignedIn(frontEnd)]).toEqual([401, false]);
  const done = await frontEnd.call('POST', STEP, { way: 'setup', sealed, code: codeOf(seed) });
  expect([done.status, done.body.recovery_codes.length]).toEqual([200, 10]);
  const removal = await frontEnd.call('DELETE', `${FACTORS}/app`);
  expect([removal.status, removal.body.error]).toEqual([409, 'factor_required']);
});

describe('changing factors', () => {
  test('needs a code that the app shows now, of the setup that was offered to this person', async () => {
    await createPerson(server, 'gina');
    const gina = await frontEndOf(server.url, 'gina');
    const { body: setup } = await gina.call('POST', `${FACTORS}/app/setup`);
    expect(setup.image).toMatch(/^data:image\/svg\+xml/);
    const { frontEnd: other } = await protect('hana');
    const { body: foreign } = await other.call('POST', `${FACTORS}/app/setup`);
    for (const [sealed, code, field] of [
      [setup.sealed, wrongCodeOf(setup.seed), 'code'],
      [foreign.sealed, codeOf(foreign.seed), 'sealed'],
      ['made up', codeOf(setup.seed), 'sealed'],
    ] as const) {
      const { status, body } = await gina.call('POST', `${FACTORS}/app`, { sealed, code });
      expect([status, Object.keys(body.fields)]).toEqual([422, [field]]);
    }
    expect((await gina.call('GET', FACTORS)).body.app_since).toBeNull();
  });

  test('shows the key to nobody afterwards (MF-10), and new codes end the old ones', async () => {
    const { frontEnd, seed, recoveryCodes } = await protect('ines');
    expect(JSON.stringify((await frontEnd.call('GET', FACTORS)).body)).not.toContain(seed);
    const { status, body } = await frontEnd.call('POST', `${FACTORS}/recovery-codes`);
    expect([status, body.recovery_codes.length]).toEqual([201, 10]);
    const { frontEnd: elsewhere } = await enterPassword('ines');
    const old = { way: 'recovery_code', code: recoveryCodes[0] };
    expect((await elsewhere.call('POST', STEP, old)).status).toBe(401);
  });

  test('asks for a recent sign-in, which the password cannot confirm where there is a factor (MF-06)', async () => {
    const { frontEnd, seed } = await protect('jane');
    later(660);
    for (const [method, path] of [
      ['POST', `${FACTORS}/app/setup`],
      ['POST', `${FACTORS}/recovery-codes`],
      ['DELETE', `${FACTORS}/app`],
    ] as const) {
      const answer = await frontEnd.call(method, path);
      expect([answer.status, answer.body.error]).toEqual([403, 'recent_sign_in_required']);
    }
    const byPassword = await frontEnd.call('POST', CONFIRMATION, { password: PASSWORD });
    expect([byPassword.status, Object.keys(byPassword.body.fields)]).toEqual([422, ['way', 'code']]);
    const wrong = { way: 'app', code: wrongCodeOf(seed) };
    expect((await frontEnd.call('POST', CONFIRMATION, wrong)).body.fields).toHaveProperty('code');
    const right = { way: 'app', code: codeOf(seed) };
    expect((await frontEnd.call('POST', CONFIRMATION, right)).status).toBe(204);
    expect((await frontEnd.call('DELETE', `${FACTORS}/app`)).status).toBe(204);
    expect((await enterPassword('jane')).answer.status).toBe(200);
  });
});
