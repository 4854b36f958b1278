/** Refresh tokens, scopes, passwords and device codes at the token endpoint. */
import { travel } from '../../../support/clock.js';
import { setUpApp } from '../../../support/factors.js';
import { byPassword, exchange, post, refresh, revoke, signInAt, token } from '../../../support/oauth.js';
import { createPerson, getCode, PASSWORD, type TestApplication } from '../../../support/people.js';
import { postTo } from '../../../support/portal.js';
import { ask, BY_PASSWORD, type Case, type Refusal, type World } from '../world.js';

const refreshing =
  (send: (world: World, app: TestApplication, refreshToken: string) => Promise<Refusal['answer']>) =>
  async (world: World): Promise<Refusal> => {
    const app = await world.newApp();
    const tokens = await byPassword(world.server, app, 'alice');
    return { app, answer: await send(world, app, tokens.refresh_token) };
  };

const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';

const polling =
  (send: (world: World, app: TestApplication, deviceCode: string) => Promise<Refusal['answer']>) =>
  async (world: World): Promise<Refusal> => {
    const app = await world.newApp({ clientType: 'public', grantTypes: [DEVICE] });
    const { body } = await post(world.server, '/o/device-authorization', { client_id: app.clientId });
    return { app, answer: await send(world, app, body.device_code) };
  };

const poll = ({ server }: World, app: TestApplication, code: string) =>
  token(server, app, { grant_type: DEVICE, device_code: code });

export const tokenCases: Case[] = [
  {
    cause: 'refresh_token.missing',
    provoke: (world) => ask(world, { grant_type: 'refresh_token' }),
    reads: ['without a refresh_token'],
  },
  {
    cause: 'refresh_token.used',
    provoke: refreshing(async ({ server }, app, refreshToken) => {
      await refresh(server, app, refreshToken);
      travel(90);
      return refresh(server, app, refreshToken);
    }),
    reads: [/used at .* UTC, and again 9\d seconds later/, 'Within 10 seconds'],
  },
  {
    cause: 'refresh_token.expired',
    provoke: refreshing(({ server }, app, refreshToken) => {
      travel(31 * 86_400);
      return refresh(server, app, refreshToken);
    }),
    reads: [/It was valid until .* 24 hours before/],
  },
  {
    cause: 'refresh_token.revoked',
    provoke: async (world) => {
      const app = await world.newApp();
      const tokens = await signInAt(world.server, world.alice, app);
      await postTo(world.alice, `/o/authorized_tokens/${app.id}/delete`);
      return { app, answer: await refresh(world.server, app, tokens.refresh_token) };
    },
    reads: [/The person took back what they had allowed this application, at \d{4}-\d\d-\d\d/],
  },
  {
    cause: 'refresh_token.revoked',
    provoke: async (world) => {
      const app = await world.newApp();
      const code = await getCode(world.alice, app);
      const { body } = await exchange(world.server, app, code);
      await exchange(world.server, app, code);
      return { app, answer: await refresh(world.server, app, body.refresh_token) };
    },
    reads: ['A code of this sign-in was used twice'],
  },
  {
    cause: 'refresh_token.of_another',
    provoke: refreshing(async (world, _app, refreshToken) => {
      const { answer } = await ask(world, { grant_type: 'refresh_token', refresh_token: refreshToken });
      return answer;
    }),
    reads: ['with a refresh token of App'],
  },
  {
    cause: 'refresh_token.is_access_token',
    provoke: async (world) => {
      const app = await world.newApp();
      const tokens = await byPassword(world.server, app, 'alice');
      return { app, answer: await refresh(world.server, app, tokens.access_token) };
    },
    reads: ['An access token as refresh_token'],
  },
  {
    cause: 'refresh_token.unknown',
    provoke: refreshing(async ({ server }, app, refreshToken) => {
      await revoke(server, app, refreshToken);
      return refresh(server, app, refreshToken);
    }),
    reads: ['A refresh token of 43 characters that is not known here'],
  },
  {
    cause: 'scope.empty',
    provoke: (world) => ask(world, { grant_type: 'client_credentials', scope: '' }),
    reads: ['scope without a value'],
  },
  {
    cause: 'scope.separator',
    provoke: (world) => ask(world, { grant_type: 'client_credentials', scope: 'read,write' }),
    reads: ['scope=read write', 'one space between two scopes'],
  },
  {
    cause: 'scope.unknown',
    provoke: (world) => ask(world, { grant_type: 'client_credentials', scope: 'raed user:email' }),
    reads: ['raed and user:email', 'Instead of raed you probably mean read'],
  },
  {
    cause: 'scope.not_allowed',
    provoke: (world) =>
      ask(
        world,
        { grant_type: 'client_credentials', scope: 'read write' },
        { settings: { scopes: ['read'] } },
      ),
    reads: ['The scope write', 'Allow this scope'],
  },
  {
    cause: 'scope.wider',
    provoke: async (world) => {
      const app = await world.newApp();
      const tokens = await byPassword(world.server, app, 'alice', { scope: 'read' });
      return { app, answer: await refresh(world.server, app, tokens.refresh_token, { scope: 'read write' }) };
    },
    reads: ['A refresh with read and write'],
  },
  {
    cause: 'scope.no_default',
    provoke: (world) => ask(world, { grant_type: 'client_credentials' }, { settings: { scopes: ['email'] } }),
    reads: ['may ask for email only'],
  },
  {
    cause: 'password.missing',
    provoke: (world) =>
      ask(world, { grant_type: 'password', email: 'alice@example.com', password: PASSWORD }),
    reads: ['without username'],
  },
  {
    cause: 'password.wrong',
    provoke: (world) => ask(world, { ...BY_PASSWORD, password: 'wrong' }),
    reads: ['Nobody is told which'],
  },
  {
    cause: 'password.second_factor',
    provoke: async (world) => {
      await createPerson(world.server, 'grace');
      await setUpApp(world.server, 'grace');
      return ask(world, { ...BY_PASSWORD, username: 'grace' });
    },
    reads: ['has no place for more'],
  },
  {
    cause: 'password.throttled',
    provoke: async (world) => {
      await createPerson(world.server, 'mallory');
      const app = await world.newApp();
      const wrong = { ...BY_PASSWORD, username: 'mallory', password: 'wrong' };
      let answer = await token(world.server, app, wrong);
      for (let times = 0; times < 40 && !answer.headers.get('retry-after'); times++)
        answer = await token(world.server, app, wrong);
      // Those before it have used up what is kept of one kind in a minute.
      travel(61);
      return { app, answer: await token(world.server, app, wrong) };
    },
    reads: ['It was not looked at'],
  },
  {
    cause: 'grant_type.not_allowed',
    provoke: (world) =>
      ask(world, {}, { path: '/o/device-authorization', settings: { grantTypes: ['client_credentials'] } }),
    reads: ['The grant urn:ietf:params:oauth:grant-type:device_code (Device code)'],
  },
  {
    cause: 'device_code.pending',
    provoke: polling(poll),
    reads: ['no mistake'],
  },
  {
    cause: 'device_code.slow_down',
    provoke: polling(async (world, app, code) => {
      await poll(world, app, code);
      return poll(world, app, code);
    }),
    reads: ['five more after each slow_down'],
  },
  {
    cause: 'device_code.expired',
    provoke: polling((world, app, code) => {
      travel(3600);
      return poll(world, app, code);
    }),
    reads: ['Stop asking, and begin anew'],
  },
  {
    cause: 'device_code.denied',
    provoke: polling(async (world, app, code) => {
      const details = { error: 'access_denied', error_description: 'the person did not allow it' };
      await world.server.database
        .knex('device_codes')
        .where({ client_id: app.clientId })
        .update({
          details: world.server.database.knex.raw('(details::jsonb || ?)::json', [JSON.stringify(details)]),
        });
      return poll(world, app, code);
    }),
    reads: ['A device code that the person has refused'],
  },
  {
    cause: 'device_code.used',
    provoke: polling(async (world, app, code) => {
      await world.server.database
        .knex('device_codes')
        .where({ client_id: app.clientId })
        .update({ consumed_at: new Date() });
      return poll(world, app, code);
    }),
    reads: ['A device code gives tokens once'],
  },
  {
    cause: 'device_code.of_another',
    provoke: async (world) => {
      const settings = { clientType: 'public', grantTypes: [DEVICE] } as const;
      const other = await world.newApp({ ...settings, grantTypes: [DEVICE] });
      const { body } = await post(world.server, '/o/device-authorization', { client_id: other.clientId });
      const app = await world.newApp({ ...settings, grantTypes: [DEVICE] });
      return { app, answer: await poll(world, app, body.device_code) };
    },
    reads: ['A device code of another client id'],
  },
  {
    cause: 'device_code.unknown',
    provoke: polling((world, app) => poll(world, app, 'WDJB-MJHT')),
    reads: ['The device_code, not the user_code'],
  },
];
