/** Tokens presented at /profile and the userinfo endpoint. */
import { travel } from '../../../support/clock.js';
import { byPassword, get, signInAt, token } from '../../../support/oauth.js';
import { getCode, type TestApplication } from '../../../support/people.js';
import type { Case, Refusal, World } from '../world.js';

type Tokens = { access_token: string; refresh_token: string };

/** /profile with a token of alice's, presented in some way. */
const presenting =
  (
    send: (world: World, tokens: Tokens, app: TestApplication) => Promise<Refusal['answer']>,
    scope = 'read',
  ) =>
  async (world: World): Promise<Refusal> => {
    const app = await world.newApp();
    const tokens = await byPassword(world.server, app, 'alice', { scope });
    return { app, answer: await send(world, tokens, app) };
  };

const bearer = ({ server }: World, value: string, path = '/profile') =>
  get(server, path, { authorization: `Bearer ${value}` });

export const bearerCases: Case[] = [
  {
    cause: 'bearer.in_url',
    provoke: presenting(({ server }, tokens) => get(server, `/profile?access_token=${tokens.access_token}`)),
    reads: ['The parameter access_token in the query'],
  },
  {
    cause: 'bearer.scheme',
    provoke: presenting(({ server }, tokens) =>
      get(server, '/profile', { authorization: `Token ${tokens.access_token}` }),
    ),
    reads: ['begins with Token', 'Django REST framework'],
  },
  {
    cause: 'bearer.form',
    provoke: presenting(({ server }, tokens) =>
      fetch(`${server.url}/o/userinfo`, {
        method: 'POST',
        headers: { authorization: `Bearer ${tokens.access_token}` },
        body: new URLSearchParams({ access_token: tokens.access_token }),
      }),
    ),
    reads: ['a form or a second token beside it'],
  },
  {
    cause: 'bearer.refresh_token',
    provoke: presenting((world, tokens) => bearer(world, tokens.refresh_token)),
    reads: ['A refresh token.'],
  },
  {
    cause: 'bearer.code',
    provoke: presenting(async (world, _tokens, app) => bearer(world, await getCode(world.alice, app))),
    reads: ['Exchange the code at the token endpoint first'],
  },
  {
    cause: 'bearer.id_token',
    provoke: presenting(async (world, _tokens, app) => {
      const { id_token: idToken } = await signInAt(world.server, world.alice, app, {
        scope: 'openid',
        nonce: 'n',
      });
      return bearer(world, idToken ?? '');
    }),
    reads: ['it opens nothing'],
  },
  {
    cause: 'bearer.expired',
    provoke: presenting((world, tokens) => {
      travel(3660);
      return bearer(world, tokens.access_token);
    }),
    reads: [/It was valid until .*, 6\d seconds before/],
  },
  {
    // A JWT (RFC 9068) whose row has left; what it says of itself is enough to explain it.
    cause: 'bearer.expired',
    provoke: presenting((world, _tokens, app) => {
      const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
      const claims = {
        client_id: app.clientId,
        aud: world.server.url,
        iat: 1_700_000_000,
        exp: 1_700_003_600,
      };
      return bearer(world, `${part({ alg: 'RS256', typ: 'at+jwt' })}.${part(claims)}.c2lnbmVk`);
    }),
    reads: ['It was valid until 2023-11-14 23:13:20 UTC'],
  },
  {
    cause: 'bearer.expired',
    provoke: async (world) => {
      const app = await world.newApp({ tokenFormat: 'jwt' });
      const tokens = await byPassword(world.server, app, 'alice', { scope: 'read' });
      travel(3660);
      return { app, answer: await bearer(world, tokens.access_token) };
    },
    reads: [/It was valid until .*, 6\d seconds before/],
  },
  {
    cause: 'bearer.no_person',
    provoke: presenting(async (world, _tokens, app) => {
      const { body } = await token(world.server, app, { grant_type: 'client_credentials' });
      return bearer(world, body.access_token);
    }),
    reads: ['An access token of the client credentials grant'],
  },
  {
    cause: 'bearer.scope',
    provoke: presenting((world, tokens) => bearer(world, tokens.access_token), 'write'),
    reads: ['A token with write', 'A token with the scope read'],
  },
  {
    cause: 'bearer.revoked',
    provoke: presenting(async (world, tokens, app) => {
      await world.server.database.knex('grants').where({ client_id: app.clientId }).delete();
      return bearer(world, tokens.access_token);
    }),
    reads: ['whose sign-in was ended since'],
  },
  {
    cause: 'bearer.disabled',
    provoke: presenting(async (world, tokens, app) => {
      await world.server.database
        .knex('applications')
        .where({ id: app.id })
        .update({ disabled_at: new Date() });
      return bearer(world, tokens.access_token);
    }),
    reads: ['the tokens of a disabled one do not work'],
  },
];
