/** Authorization requests, the person's decision, and the sign-out. */
import { newBrowser } from '../../../support/browser.js';
import { authorizeUrl } from '../../../support/people.js';
import { authorize, type Case, type Refusal, type World } from '../world.js';

const signOut =
  (parameters: (app: { clientId: string }) => Record<string, string>, settings = {}) =>
  async ({ alice, newApp }: World): Promise<Refusal> => {
    const app = await newApp(settings);
    return { app, answer: await alice.request(`/o/logout?${new URLSearchParams(parameters(app))}`) };
  };

export const authorizationCases: Case[] = [
  {
    cause: 'redirect_uri.mismatch',
    provoke: async (world) => {
      const app = await world.newApp({
        redirectUris: ['https://shop.example/cb', 'https://shop.example/other/callback'],
      });
      const redirect_uri = 'http://shop.example/cb/';
      return { app, answer: await world.alice.request(authorizeUrl(app, { redirect_uri })) };
    },
    reads: [
      'The nearest is https://shop.example/cb, which differs in: scheme, trailing slash',
      'SECURE_PROXY_SSL_HEADER',
      'it must use https',
    ],
  },
  {
    cause: 'redirect_uri.missing',
    provoke: (world) =>
      authorize(world, { redirect_uri: undefined }, { redirectUris: ['https://a.test/', 'https://b.test/'] }),
    reads: ['here there are 2'],
  },
  {
    cause: 'response_type.missing',
    provoke: (world) => authorize(world, { response_type: undefined }),
    reads: ['without response_type'],
  },
  {
    cause: 'response_type.implicit',
    provoke: (world) => authorize(world, { response_type: 'id_token token' }),
    reads: ['response_type=id_token token', 'The implicit flow does not exist here'],
  },
  {
    cause: 'response_type.unknown',
    provoke: (world) => authorize(world, { response_type: 'kode' }),
    reads: ['response_type=kode'],
  },
  {
    cause: 'response_type.not_allowed',
    provoke: (world) => authorize(world, {}, { grantTypes: ['client_credentials'] }),
    reads: ['An application that has the grant authorization_code', 'Allow this grant'],
  },
  {
    cause: 'response_mode.unknown',
    provoke: (world) => authorize(world, { response_mode: 'form-post' }),
    reads: ['response_mode=form-post', 'You probably mean form_post'],
  },
  {
    cause: 'challenge.missing',
    provoke: (world) => authorize(world, {}, { pkce: 'required' }),
    reads: ['This application is set to require PKCE'],
  },
  {
    cause: 'challenge.method_missing',
    provoke: (world) => authorize(world, { code_challenge: 'a'.repeat(43) }),
    reads: ['which by the standard means plain'],
  },
  {
    cause: 'challenge.plain',
    provoke: (world) => authorize(world, { code_challenge: 'a'.repeat(43), code_challenge_method: 'plain' }),
    reads: ['code_challenge_method=plain'],
  },
  {
    cause: 'challenge.without_value',
    provoke: (world) => authorize(world, { code_challenge_method: 'S256' }),
    reads: ['code_challenge_method without code_challenge'],
  },
  {
    cause: 'challenge.format',
    provoke: (world) => authorize(world, { code_challenge: 'short', code_challenge_method: 'S256' }),
    reads: ['A code_challenge of 5 characters'],
  },
  {
    cause: 'prompt.invalid',
    provoke: (world) => authorize(world, { prompt: 'logn' }),
    reads: ['prompt=logn', 'You probably mean login'],
  },
  {
    cause: 'max_age.invalid',
    provoke: (world) => authorize(world, { max_age: '1h' }),
    reads: ['max_age=1h'],
  },
  {
    cause: 'claims.invalid',
    provoke: (world) => authorize(world, { scope: 'openid', claims: '{oops' }),
    reads: ['is not JSON of the right form'],
  },
  {
    cause: 'request_object',
    provoke: (world) => authorize(world, { request: 'eyJhbGciOiJub25lIn0.e30.' }),
    reads: ['Switch request objects (JAR)'],
  },
  {
    cause: 'request.too_long',
    provoke: async ({ server, newApp }) => {
      const app = await newApp();
      const body = new URLSearchParams({ state: 'x'.repeat(13_000) });
      const browser = newBrowser(server.url);
      return { app, answer: await browser.request(authorizeUrl(app), { method: 'POST', body }) };
    },
    reads: ['more than 12,000 characters'],
  },
  {
    cause: 'prompt_none.login_required',
    provoke: async ({ server, newApp }) => {
      const app = await newApp();
      return { app, answer: await newBrowser(server.url).request(authorizeUrl(app, { prompt: 'none' })) };
    },
    reads: ['from a browser in which nobody is signed in'],
  },
  {
    cause: 'prompt_none.consent_required',
    provoke: (world) => authorize(world, { prompt: 'none' }),
    reads: ['A consent given before that covers every scope'],
  },
  {
    cause: 'person.no_second_factor',
    provoke: (world) => {
      const claims = JSON.stringify({ id_token: { acr: { essential: true, value: 'urn:none' } } });
      return authorize(world, { scope: 'openid', claims });
    },
    reads: ['ask for a stronger sign-in'],
  },
  {
    cause: 'person.denied',
    provoke: async ({ alice, newApp }) => {
      const app = await newApp();
      const page = await alice.open(authorizeUrl(app));
      return { app, answer: await alice.submit(page, {}, '/deny') };
    },
    reads: ['A sign-in that the person ended'],
  },
  {
    cause: 'sign_in.lost',
    provoke: async ({ server, alice, newApp }) => {
      const app = await newApp();
      const page = await alice.open(authorizeUrl(app));
      const stranger = newBrowser(server.url);
      const form = await stranger.open('/login');
      const csrf = form.html.querySelector('[name=csrf_token]')!.getAttribute('value')!;
      const body = new URLSearchParams({ csrf_token: csrf, allow: 'yes' });
      return { app, answer: await stranger.request(`${page.url}/consent`, { method: 'POST', body }) };
    },
    reads: ['opened without its cookies'],
  },
  {
    cause: 'post_logout_redirect_uri.mismatch',
    provoke: signOut(
      ({ clientId }) => ({ client_id: clientId, post_logout_redirect_uri: 'https://shop.test/Bye' }),
      { redirectUris: ['https://shop.test/cb'], postLogoutRedirectUris: ['https://shop.test/bye'] },
    ),
    reads: ['https://shop.test/Bye', 'Differs in: capitals of the path', 'Register this address'],
  },
  {
    cause: 'id_token_hint.invalid',
    provoke: signOut(({ clientId }) => {
      const payload = Buffer.from(JSON.stringify({ aud: clientId })).toString('base64url');
      return { id_token_hint: `eyJhbGciOiJSUzI1NiJ9.${payload}.c2lnbmVk` };
    }),
    reads: ['An ID token that this server has not signed'],
  },
  {
    cause: 'id_token_hint.other_client',
    provoke: async ({ alice, newApp }) => {
      const [app, other] = [await newApp(), await newApp()];
      const payload = Buffer.from(JSON.stringify({ aud: other.clientId })).toString('base64url');
      const hint = `eyJhbGciOiJSUzI1NiJ9.${payload}.c2lnbmVk`;
      const query = new URLSearchParams({ id_token_hint: hint, client_id: app.clientId });
      return { app, answer: await alice.request(`/o/logout?${query}`) };
    },
    reads: ['of one application, and the client_id of another'],
  },
];
