/** The exchange of an authorization code, with PKCE and without. */
import { travel } from '../../../support/clock.js';
import { exchange, token } from '../../../support/oauth.js';
import { getCode, type TestApplication } from '../../../support/people.js';
import { newPkce } from '../../../support/pkce.js';
import { ask, type Case, type Refusal, type World } from '../world.js';

/** The exchange of a code that a sign-in has just given. */
const exchanging =
  (
    send: (world: World, app: TestApplication, code: string) => Promise<Refusal['answer']>,
    parameters: Record<string, string> = {},
  ) =>
  async (world: World): Promise<Refusal> => {
    const app = await world.newApp();
    return { app, answer: await send(world, app, await getCode(world.alice, app, parameters)) };
  };

const pkce = newPkce();

export const codeCases: Case[] = [
  {
    cause: 'code.missing',
    provoke: (world) => ask(world, { grant_type: 'authorization_code' }),
    reads: ['without a code', 'error in place of code'],
  },
  {
    cause: 'code.used',
    provoke: exchanging(async ({ server }, app, code) => {
      await exchange(server, app, code);
      travel(5);
      return exchange(server, app, code);
    }),
    reads: [
      /it was used at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, and presented again [56] seconds later/,
      'React in strict mode',
    ],
  },
  {
    cause: 'code.expired',
    provoke: exchanging(({ server }, app, code) => {
      travel(120);
      return exchange(server, app, code);
    }),
    reads: [/presented 2 minutes later/, 'a code lasts 60 seconds'],
  },
  {
    cause: 'code.of_another',
    provoke: async (world) => {
      const app = await world.newApp();
      const other = await world.newApp({ name: 'The other one' });
      return { app, answer: await exchange(world.server, app, await getCode(world.alice, other)) };
    },
    reads: ['with a code that was issued to The other one'],
  },
  {
    cause: 'code.redirect_uri',
    provoke: exchanging(({ server }, app, code) =>
      exchange(server, app, code, { redirect_uri: app.redirectUris[0]!.replace('https:', 'http:') }),
    ),
    reads: ['in the token request', 'Differs in: scheme', 'Behind a proxy'],
  },
  {
    cause: 'code.redirect_uri_missing',
    provoke: exchanging(({ server }, app, code) =>
      token(server, app, { grant_type: 'authorization_code', code }),
    ),
    reads: ['A code without redirect_uri'],
  },
  {
    cause: 'code.revoked',
    provoke: exchanging(async ({ server }, app, code) => {
      await server.database.knex('grants').where({ client_id: app.clientId }).delete();
      return exchange(server, app, code);
    }),
    reads: ['A code whose sign-in does not exist any more', 'It was ended by the person'],
  },
  {
    cause: 'code.unknown',
    provoke: (world) =>
      ask(world, { grant_type: 'authorization_code', code: 'abcdef', redirect_uri: 'https://x.test/' }),
    reads: ['A code of 6 characters'],
  },
  {
    cause: 'verifier.missing',
    provoke: exchanging(({ server }, app, code) => exchange(server, app, code), pkce.challenge),
    reads: ['A code without code_verifier'],
  },
  {
    cause: 'verifier.is_challenge',
    provoke: exchanging(
      ({ server }, app, code) =>
        exchange(server, app, code, { code_verifier: pkce.challenge.code_challenge }),
      pkce.challenge,
    ),
    reads: ['The code_challenge again'],
  },
  {
    cause: 'verifier.was_plain',
    provoke: exchanging(
      ({ server }, app, code) => exchange(server, app, code, { code_verifier: 'a'.repeat(48) }),
      { ...pkce.challenge, code_challenge: Buffer.from('a'.repeat(48)).toString('base64url') },
    ),
    reads: ['without the hash, or from the hash in hex'],
  },
  {
    cause: 'verifier.mismatch',
    provoke: exchanging(
      ({ server }, app, code) => exchange(server, app, code, { code_verifier: newPkce().verifier }),
      pkce.challenge,
    ),
    reads: ['A code_verifier of 43 characters whose SHA-256 is not the code_challenge'],
  },
  {
    cause: 'verifier.unexpected',
    provoke: exchanging(({ server }, app, code) =>
      exchange(server, app, code, { code_verifier: pkce.verifier }),
    ),
    reads: ['had no code_challenge'],
  },
  {
    cause: 'verifier.format',
    provoke: exchanging(({ server }, app, code) => exchange(server, app, code, { code_verifier: 'short' })),
    reads: ['A code_verifier of 5 characters'],
  },
];
