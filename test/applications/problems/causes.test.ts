/** Every cause there is: provoked through the wire, and its explanation read on the page that error_uri leads to. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { causes } from '../../../src/applications/problems/causes/index.js';
import { backToPresent } from '../../support/clock.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { authorizationCases } from './cases/authorization-cases.js';
import { bearerCases } from './cases/bearer-cases.js';
import { clientCases } from './cases/client-cases.js';
import { codeCases } from './cases/code-cases.js';
import { endedSecretCases } from './cases/ended-secret-cases.js';
import { teamCases } from './cases/team-cases.js';
import { tokenCases } from './cases/token-cases.js';
import { type Case, makeWorld, type World } from './world.js';

const cases: Case[] = [
  ...clientCases,
  ...endedSecretCases,
  ...authorizationCases,
  ...codeCases,
  ...tokenCases,
  ...teamCases,
  ...bearerCases,
];

let server: TestServer;
let world: World;

beforeAll(async () => {
  server = await startTestServer();
  world = await makeWorld(server);
});
afterAll(() => server.stop());
afterEach(async () => {
  backToPresent();
  await server.database.knex('throttles').delete();
});

/** Those that have a test of their own, and what nothing recognises. */
const ELSEWHERE = ['grant_type.switched_off', 'refresh_token.email_not_verified'];

test('every cause is provoked by a case', () => {
  const provoked = new Set([...cases.map((each) => each.cause), ...ELSEWHERE]);
  expect(causes.map(({ name }) => name).filter((name) => !provoked.has(name))).toEqual([]);
});

describe('the owner reads why', () => {
  test.each(cases.map((each) => [each.cause, each] as const))('%s', async (cause, { provoke, reads }) => {
    const { answer } = await provoke(world);
    backToPresent();
    const page = await world.developer.open(`/errors/${answer.headers.get('x-request-id')}`);
    const text = page.html.querySelector('main')!.text.replace(/\s+/g, ' ');
    expect([new URL(page.url).pathname.split('/')[3], text]).toEqual([
      'problems',
      expect.stringContaining(cause),
    ]);
    for (const each of reads)
      expect(text).toEqual(
        typeof each === 'string' ? expect.stringContaining(each) : expect.stringMatching(each),
      );
  });
});
