/** How an application says who it is, and how the request is made. */
import { newBrowser } from '../../../support/browser.js';
import { basic, get, post } from '../../../support/oauth.js';
import type { TestApplication } from '../../../support/people.js';
import { ask, type Case, type Refusal, type World } from '../world.js';

const CC = { grant_type: 'client_credentials' };
const encoded = (text: string) => Buffer.from(text).toString('base64');

/** A token request with this Authorization header. */
const withHeader =
  (value: (app: TestApplication) => string, name = 'authorization') =>
  async ({ server, newApp }: World): Promise<Refusal> => {
    const app = await newApp();
    return { app, answer: await post(server, '/o/token', CC, { [name]: value(app) }) };
  };

/** A token request with these credentials in its body. */
const withSecret =
  (credentials: (app: TestApplication) => { id?: string; secret?: string }, settings = {}) =>
  async ({ server, newApp }: World): Promise<Refusal> => {
    const app = await newApp(settings);
    const { id = app.clientId, secret } = credentials(app);
    const body = { ...CC, client_id: id, ...(secret === undefined ? {} : { client_secret: secret }) };
    return { app, answer: await post(server, '/o/token', body) };
  };

async function send(
  { server, newApp }: World,
  body: string,
  type: string,
  path = '/o/token',
): Promise<Refusal> {
  const app = await newApp();
  const headers = { ...basic(app), 'content-type': type };
  return { app, answer: await post(server, path, body, headers) };
}

export const clientCases: Case[] = [
  {
    cause: 'request.wrong_host',
    async provoke({ server, newApp }) {
      const app = await newApp();
      const { port } = new URL(server.url);
      // fetch sets Host by itself.
      const { request } = await import('node:http');
      const path = `/o/authorize?client_id=${app.clientId}`;
      const answer = await new Promise<Refusal['answer']>((resolve, reject) => {
        request({ port, path, headers: { host: 'auth.internal:8080' } }, (response) => {
          response.resume();
          const id = String(response.headers['x-request-id']);
          resolve({ status: response.statusCode ?? 0, headers: new Headers({ 'x-request-id': id }) });
        })
          .on('error', reject)
          .end();
      });
      return { app, answer };
    },
    reads: ['auth.internal:8080', /answers under no other name/],
  },
  {
    cause: 'header.authentication',
    provoke: withHeader((app) => `Basic ${encoded(`${app.clientId}:${app.secret}`)}`, 'authentication'),
    reads: ['Rename the header to Authorization'],
  },
  {
    cause: 'request.method',
    async provoke({ server, newApp }) {
      const app = await newApp();
      return { app, answer: await get(server, '/o/token', basic(app)) };
    },
    reads: ['method GET', 'This endpoint takes POST'],
  },
  {
    cause: 'body.json',
    async provoke({ server, newApp }) {
      const app = await newApp();
      const body = JSON.stringify({ ...CC, client_id: app.clientId, client_secret: app.secret });
      return { app, answer: await post(server, '/o/token', body, { 'content-type': 'application/json' }) };
    },
    reads: ['application/json', 'URLSearchParams'],
  },
  {
    cause: 'body.json_as_form',
    provoke: (world) =>
      send(world, '{"grant_type":"client_credentials"}', 'application/x-www-form-urlencoded'),
    reads: ['read as the name of one parameter'],
  },
  {
    cause: 'body.type',
    provoke: (world) => send(world, 'grant_type=client_credentials', 'text/plain'),
    reads: ['type text/plain'],
  },
  {
    cause: 'parameters.in_url',
    provoke: (world) => ask(world, CC, { path: '/o/token?grant_type=client_credentials&client_secret=x' }),
    reads: ['client_secret and grant_type in the query of the URL'],
  },
  {
    cause: 'parameters.twice',
    provoke: (world) =>
      send(
        world,
        'grant_type=client_credentials&scope=read&scope=write',
        'application/x-www-form-urlencoded',
      ),
    reads: ['More than one scope'],
  },
  {
    cause: 'token.missing',
    provoke: (world) => ask(world, { access_token: 'x' }, { path: '/o/revoke_token' }),
    reads: ['A parameter access_token, and none called token'],
  },
  {
    cause: 'other',
    provoke: (world) => ask(world, { ...CC, scope: 'read\0' }),
    reads: ['The answer was invalid_request'],
  },
  {
    cause: 'basic.twice',
    provoke: withHeader((app) => `Basic Basic ${encoded(`${app.clientId}:${app.secret}`)}`),
    reads: ['Basic stands twice'],
  },
  {
    cause: 'basic.not_base64',
    provoke: withHeader((app) => `Basic ${app.clientId}:${app.secret}`),
    reads: ['not Base64'],
  },
  {
    cause: 'basic.no_colon',
    provoke: withHeader((app) => `Basic ${encoded(app.clientId)}`),
    reads: ['no : once it is decoded'],
  },
  {
    cause: 'basic.not_encoded',
    provoke: withHeader((app) => `Basic ${encoded(`${app.clientId}:100%`)}`),
    reads: ['becomes %25'],
  },
  {
    cause: 'authorization.scheme',
    async provoke({ server, newApp }) {
      const app = await newApp();
      const headers = { authorization: `Bearer ${app.secret}` };
      return { app, answer: await post(server, '/o/token', { ...CC, client_id: app.clientId }, headers) };
    },
    reads: ['Authorization: Bearer', 'not how an application proves who it is'],
  },
  {
    cause: 'credentials.differ',
    async provoke({ server, newApp }) {
      const app = await newApp();
      return { app, answer: await post(server, '/o/token', { ...CC, client_secret: 'other' }, basic(app)) };
    },
    reads: ['another one in the body', 'client_secret_basic'],
  },
  {
    cause: 'application.disabled',
    async provoke({ server, newApp }) {
      const app = await newApp();
      await server.database.knex('applications').where({ id: app.id }).update({ disabled_at: new Date() });
      return { app, answer: await post(server, '/o/token', CC, basic(app)) };
    },
    reads: ['an administrator has disabled'],
  },
  {
    cause: 'client_id.white_space',
    provoke: withSecret((app) => ({ id: ` "${app.clientId}"\n`, secret: app.secret })),
    reads: ['with 4 more characters around it'],
  },
  {
    cause: 'client_id.swapped',
    provoke: withSecret((app) => ({ id: app.secret, secret: app.clientId })),
    reads: ['The client id where the secret belongs', 'Swap the two settings'],
  },
  {
    cause: 'client_id.missing',
    async provoke(world) {
      const { server, newApp, alice } = world;
      const app = await newApp();
      const { getCode } = await import('../../../support/people.js');
      const code = await getCode(alice, app);
      return { app, answer: await post(server, '/o/token', { grant_type: 'authorization_code', code }) };
    },
    reads: ['No client id, neither in the header nor in the body'],
  },
  {
    cause: 'client_id.unknown',
    async provoke({ newApp, server }) {
      const app = await newApp();
      const query = new URLSearchParams({
        response_type: 'code',
        client_id: app.clientId.slice(0, -2),
        redirect_uri: app.redirectUris[0]!,
      });
      return { app, answer: await newBrowser(server.url).request(`/o/authorize?${query}`) };
    },
    reads: ['A client id of 38 characters that nobody here has', 'some characters are missing'],
  },
  {
    cause: 'secret.of_public',
    provoke: withSecret(() => ({ secret: 'made up' }), {
      clientType: 'public',
      grantTypes: ['authorization_code'],
    }),
    reads: ['this application is a public client and has none'],
  },
  {
    cause: 'secret.missing',
    provoke: withSecret(() => ({})),
    reads: ['The client id and no secret'],
  },
  {
    cause: 'secret.empty',
    provoke: withSecret(() => ({ secret: '' })),
    reads: ['A secret without any character'],
  },
  {
    cause: 'secret.is_client_id',
    provoke: withSecret((app) => ({ secret: app.clientId })),
    reads: ['The client id twice'],
  },
  {
    cause: 'secret.hash',
    provoke: withSecret(() => ({ secret: 'pbkdf2_sha256$260000$mkRyVHYT8bWc$2N3Vn3aXvPzq9Fq0m0CkqkYh' })),
    reads: ['A secret that begins with pbkdf2_sha256$', 'shows the hash once the secret is saved'],
  },
  {
    // The check of a pasted secret knew it, and the explanation did not.
    cause: 'secret.hash',
    provoke: withSecret(() => ({ secret: '0a'.repeat(32) })),
    reads: ['64 hexadecimal digits, as a bare SHA-256 has'],
  },
  {
    cause: 'secret.placeholder',
    provoke: withSecret(() => ({ secret: 'CLIENT_SECRET' })),
    reads: ['stands in examples'],
  },
  {
    cause: 'secret.white_space',
    provoke: withSecret((app) => ({ secret: `"${app.secret}"\n` })),
    reads: ['with 3 more characters around it, quotes among them'],
  },
  {
    cause: 'secret.encoded',
    provoke: withSecret((app) => ({
      secret: `%${app.secret.charCodeAt(0).toString(16)}${app.secret.slice(1)}`,
    })),
    reads: ['percent-encoded once too often'],
  },
  {
    cause: 'secret.cut',
    provoke: withSecret((app) => ({ secret: app.secret.slice(0, 100) })),
    reads: ['A secret of 100 characters that begins as those of this server do', 'cuts it off'],
  },
  {
    cause: 'secret.of_another',
    async provoke({ server, newApp }) {
      const app = await newApp();
      const other = await newApp({ name: 'My other application' });
      return { app, answer: await post(server, '/o/token', CC, basic({ ...app, secret: other.secret })) };
    },
    reads: ['which is one of My other application'],
  },
  {
    cause: 'secret.wrong',
    provoke: withSecret((app) => ({ secret: app.secret.slice(1) })),
    reads: ['A secret of 127 characters', 'so that some may be missing'],
  },
  {
    cause: 'origin.not_allowed',
    async provoke({ server, newApp }) {
      const app = await newApp({ clientType: 'public', grantTypes: ['authorization_code', 'refresh_token'] });
      const body = { grant_type: 'refresh_token', refresh_token: 'x', client_id: app.clientId };
      return { app, answer: await post(server, '/o/token', body, { origin: 'http://localhost:5173' }) };
    },
    reads: ['A script of a page at http://localhost:5173', 'Allow this origin'],
  },
  {
    cause: 'origin.preflight',
    async provoke({ server, newApp }) {
      const app = await newApp({ redirectUris: ['https://spa.test:8443/cb'] });
      const headers = { origin: 'https://spa.test', 'access-control-request-method': 'POST' };
      return { app, answer: await fetch(`${server.url}/o/token`, { method: 'OPTIONS', headers }) };
    },
    reads: ['A script of a page at https://spa.test', 'https://spa.test:8443'],
  },
  {
    cause: 'grant_type.missing',
    provoke: (world) => ask(world, { code: 'x' }),
    reads: ['A body without grant_type'],
  },
  {
    cause: 'grant_type.implicit',
    provoke: (world) => ask(world, { grant_type: 'implicit' }),
    reads: ['The authorization code flow with PKCE'],
  },
  {
    cause: 'grant_type.misspelled',
    provoke: (world) => ask(world, { grant_type: 'authorization-code' }),
    reads: ['Send grant_type=authorization_code'],
  },
  {
    cause: 'grant_type.unknown',
    provoke: (world) => ask(world, { grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange' }),
    reads: ['grant_type=urn:ietf:params:oauth:grant-type:token-exchange'],
  },
  {
    cause: 'grant_type.not_allowed',
    provoke: (world) => ask(world, CC, { settings: { grantTypes: ['authorization_code'] } }),
    reads: ['The grant client_credentials (Client credentials)', 'Allow this grant'],
  },
];
