/** passport-oauth2 in a website that signs people in and reads who they are from /profile. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import passport from 'passport';
import { Strategy } from 'passport-oauth2';
import { newBrowser } from '../support/browser.js';
import { createApp, createPerson, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { walkThrough } from './walk-through.js';

type Done = (error: unknown, value?: object) => void;

/** Reads the profile as every passport-* package for one provider does. */
class LatchkeyStrategy extends Strategy {
  override userProfile(accessToken: string, done: Done): void {
    this._oauth2.useAuthorizationHeaderforGET(true);
    this._oauth2.get(`${server.url}/profile`, accessToken, (error, body) => {
      if (error) done(error);
      else done(null, JSON.parse(String(body)));
    });
  }
}

let server: TestServer;
let website: Server;
let websiteUrl: string;

beforeAll(async () => {
  server = await startTestServer();
  await createPerson(server, 'ada');
  website = createServer(handle).listen(0, 'localhost');
  await new Promise((resolve) => website.once('listening', resolve));
  websiteUrl = `http://localhost:${(website.address() as AddressInfo).port}`;
});
afterAll(async () => {
  website.closeAllConnections();
  await new Promise((resolve) => website.close(resolve));
  await server.stop();
});

/** One session is enough for the one browser of these tests. */
let session = {};
let authenticate: (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error: unknown) => void,
) => void;

function handle(request: IncomingMessage, response: ServerResponse): void {
  const query = Object.fromEntries(new URL(request.url ?? '', websiteUrl).searchParams);
  authenticate(Object.assign(request, { query, session }), response, (error) => {
    response.statusCode = 500;
    response.end(String(error));
  });
}

/** Passport as a website sets it up; what comes back is shown as JSON. */
function usePassport(app: TestApplication, { pkce }: { pkce: boolean }): void {
  const strategy = new LatchkeyStrategy(
    {
      authorizationURL: `${server.url}/o/authorize/`,
      tokenURL: `${server.url}/o/token/`,
      clientID: app.clientId,
      clientSecret: app.secret,
      callbackURL: `${websiteUrl}/callback`,
      scope: ['read', 'groups'],
      state: true,
      pkce,
    },
    (_accessToken: string, refreshToken: string, results: object, profile: object, done: Done) =>
      done(null, { refreshToken, results, profile }),
  );
  session = {};
  authenticate = (request, response, next) =>
    passport.authenticate(strategy, { session: false }, (error: unknown, user: unknown, info: unknown) => {
      if (error) return next(error);
      response.end(JSON.stringify({ user, info }));
    })(request, response, next);
}

interface SignedIn {
  user: { refreshToken: string; results: object; profile: object } | false;
  info?: { message: string };
}

async function comeBack(callback: string | undefined): Promise<SignedIn> {
  return (await (await fetch(callback ?? '')).json()) as SignedIn;
}

async function goToWebsite(): Promise<string> {
  const answer = await fetch(`${websiteUrl}/login`, { redirect: 'manual' });
  return answer.headers.get('location') ?? '';
}

test.each([
  ['a confidential client without PKCE', { clientType: 'confidential', pkce: 'optional' }],
  ['a confidential client with PKCE', { clientType: 'confidential', pkce: 'required' }],
  ['a public client with PKCE', { clientType: 'public', pkce: 'required' }],
] as const)('%s signs a person in', async (_, settings) => {
  const app = await createApp(server, { ...settings, redirectUris: [`${websiteUrl}/callback`] });
  usePassport(app, { pkce: settings.pkce === 'required' });
  const { location } = await walkThrough(newBrowser(server.url), await goToWebsite(), 'ada');

  expect((await comeBack(location)).user).toMatchObject({
    refreshToken: expect.stringMatching(/./),
    results: { token_type: 'Bearer', scope: 'read groups', expires_in: 3600 },
    profile: { username: 'ada', email: 'ada@example.com', groups: [] },
  });
});

test('a person who declines is a failed sign-in with a reason, not an error', async () => {
  const app = await createApp(server, { redirectUris: [`${websiteUrl}/callback`] });
  usePassport(app, { pkce: false });
  const browser = newBrowser(server.url);
  await walkThrough(browser, '/login', 'ada');
  const { location } = await browser.submit(await browser.open(await goToWebsite()), {}, '/deny');

  expect(await comeBack(location)).toEqual({ user: false, info: { message: 'the person did not allow it' } });
});
