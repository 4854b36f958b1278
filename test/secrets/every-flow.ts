/** Goes through every flow there is, and writes down every secret that was typed, made or handed out on the way. */
import { createHash, randomBytes } from 'node:crypto';
import { makeSuperuserLink } from '../../src/accounts/superuser-link.js';
import { addSecret } from '../../src/applications/secrets/add-secret.js';
import { type Browser, newBrowser } from '../support/browser.js';
import { codeOf, recoveryCodesOn, seedOn } from '../support/factors.js';
import { exchange, get, introspect, post, profile, refresh, revoke, token } from '../support/oauth.js';
import {
  allow,
  authorizeUrl,
  createApp,
  createPerson,
  PASSWORD,
  type TestApplication,
} from '../support/people.js';
import type { TestServer } from '../support/server.js';

/** What was secret, by a name for the reader of a failed test. */
export type Secrets = Map<string, string>;

const canary = (name: string) => `${name}-${randomBytes(9).toString('base64url')} +/%&ä`;

/** A browser whose cookies are noted as they come, the short-lived ones too. */
function watchedBrowser(server: TestServer, secrets: Secrets): Browser {
  const browser = newBrowser(server.url);
  const setCookie = browser.jar.setCookie.bind(browser.jar);
  browser.jar.setCookie = (async (cookie: string, ...rest: [string]) => {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
    if (value) secrets.set(`cookie ${name} ${secrets.size}`, value);
    return setCookie(cookie, ...rest);
  }) as typeof browser.jar.setCookie;
  return browser;
}

/** The first superuser by the link, then a person by the sign-up page, who also gets things wrong. */
async function people(server: TestServer, secrets: Secrets): Promise<Browser> {
  const link = await makeSuperuserLink(server.database.knex, {
    issuer: server.config.issuer,
    at: new Date(),
  });
  const url = new URL(link?.url ?? '');
  secrets.set('superuser link', url.searchParams.get('token') ?? '');
  secrets.set('superuser password', canary('rootpassword'));
  const rootPassword = secrets.get('superuser password') ?? '';
  const root = watchedBrowser(server, secrets);
  const form = await root.open(`${url.pathname}${url.search}`);
  await root.submit(form, { username: 'root', email: 'root@example.com', password: rootPassword });

  const unused = canary('firstpassword');
  secrets.set('password at sign-up', unused);
  const browser = watchedBrowser(server, secrets);
  await browser.submit(await browser.open('/signup'), {
    username: 'alice',
    email: 'a@example.com',
    password: unused,
  });
  secrets.set('password', canary('password'));
  const password = secrets.get('password') ?? '';
  await browser.submit(await browser.open('/account/password'), {
    current_password: unused,
    new_password: password,
  });

  secrets.set('wrong password', canary('wrongpassword'));
  secrets.set('password typed as username', canary('typedpassword'));
  const clumsy = watchedBrowser(server, secrets);
  await clumsy.submit(await clumsy.open('/login'), {
    username: 'alice',
    password: secrets.get('wrong password') ?? '',
  });
  await clumsy.submit(await clumsy.open('/login'), {
    username: secrets.get('password typed as username') ?? '',
    password: 'x',
  });
  return browser;
}

/** Somebody sets up an authenticator app, and signs in with a recovery code in a browser that is remembered. */
async function factors(server: TestServer, secrets: Secrets) {
  await createPerson(server, 'hedy');
  const signIn = async () => {
    const browser = watchedBrowser(server, secrets);
    const fields = { username: 'hedy', password: PASSWORD };
    return { browser, page: await browser.submit(await browser.open('/login'), fields) };
  };
  const { browser } = await signIn();
  const setUp = await browser.open('/account/security/app');
  const seed = seedOn(setUp);
  secrets.set('seed of an app', seed);
  const codes = recoveryCodesOn(await browser.submit(setUp, { code: codeOf(seed) }, '/app'));
  for (const [index, code] of codes.entries()) secrets.set(`recovery code ${index}`, code);

  const second = await signIn();
  const page = await second.browser.open(`${second.page.url}?way=recovery_code`);
  await second.browser.submit(page, { code: codes[0] ?? '', remember: 'yes' }, '/second-step');
  // One that is left in the middle.
  await signIn();
}

async function applications(
  server: TestServer,
  secrets: Secrets,
  browser: Browser,
): Promise<TestApplication> {
  const page = await browser.submit(await browser.open('/applications/register'), {
    name: 'By the page',
    redirect_uris: 'https://c2.test/cb',
    client_type: 'confidential',
    grant_types: ['authorization_code', 'refresh_token'],
  });
  secrets.set('client secret of the page', /[A-Za-z0-9]{100,}/.exec(page.text)?.[0] ?? '');
  const app = await createApp(server, {
    grantTypes: [
      'authorization_code',
      'refresh_token',
      'password',
      'client_credentials',
      'urn:ietf:params:oauth:grant-type:device_code',
    ],
  });
  secrets.set('client secret', app.secret);
  secrets.set(
    'second client secret',
    await addSecret(server.database.knex, app.id, { at: new Date(), by: {} }),
  );
  return app;
}

function noteTokens(secrets: Secrets, flow: string, body: Record<string, string>): void {
  for (const name of ['access_token', 'refresh_token', 'id_token'] as const) {
    if (body[name]) secrets.set(`${name} of ${flow}`, body[name]);
  }
  const signature = body.id_token?.split('.')[2];
  if (signature) secrets.set(`id_token signature of ${flow}`, signature);
}

async function codeFlows(server: TestServer, secrets: Secrets, browser: Browser, app: TestApplication) {
  for (const flow of ['query', 'form_post', 'unused', 'replayed']) {
    const verifier = randomBytes(32).toString('base64url');
    const page = await allow(browser, app, {
      scope: 'openid profile email read',
      nonce: 'n',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      ...(flow === 'form_post' ? { response_mode: 'form_post' } : {}),
    });
    const input = page.html.querySelector('input[name=code]')?.getAttribute('value');
    const code = input ?? new URL(page.location ?? 'x:').searchParams.get('code') ?? '';
    secrets.set(`code ${flow}`, code);
    secrets.set(`verifier ${flow}`, verifier);
    if (flow === 'unused') continue;
    await exchange(server, app, code, { code_verifier: canary('wrongverifier') });
    const { body } = await exchange(server, app, code, { code_verifier: verifier });
    noteTokens(secrets, flow, body);
    if (flow === 'replayed') await exchange(server, app, code, { code_verifier: verifier });
  }
  // A consent page that was left open.
  await browser.open(authorizeUrl(app, { scope: 'write', prompt: 'consent' }));
}

async function deviceFlow(server: TestServer, secrets: Secrets, browser: Browser, app: TestApplication) {
  const client = { client_id: app.clientId, client_secret: app.secret };
  for (const flow of ['device', 'device unused']) {
    const { body } = await post(server, '/o/device-authorization', { ...client, scope: 'read' });
    secrets.set(`device_code of ${flow}`, body.device_code);
    secrets.set(`user_code of ${flow}`, body.user_code);
    secrets.set(`user_code of ${flow} without dash`, body.user_code.replace('-', ''));
    if (flow !== 'device') continue;
    const confirm = await browser.submit(await browser.open('/o/device'), { user_code: body.user_code });
    const asked = await browser.submit(confirm, { confirm: 'yes' }, '/o/device');
    if (asked.html.querySelector('form[action$="/consent"]')) await browser.submit(asked, {}, '/consent');
    const grantType = 'urn:ietf:params:oauth:grant-type:device_code';
    const answer = await post(server, '/o/token', {
      ...client,
      grant_type: grantType,
      device_code: body.device_code,
    });
    noteTokens(secrets, flow, answer.body);
  }
}

async function directGrants(server: TestServer, secrets: Secrets, app: TestApplication) {
  const password = secrets.get('password') ?? '';
  const wrong = secrets.get('wrong password') ?? '';
  await token(server, app, { grant_type: 'password', username: 'alice', password: wrong });
  noteTokens(
    secrets,
    'password',
    (await token(server, app, { grant_type: 'password', username: 'alice', password, scope: 'openid read' }))
      .body,
  );
  noteTokens(
    secrets,
    'client credentials',
    (await token(server, app, { grant_type: 'client_credentials' })).body,
  );
  const first = secrets.get('refresh_token of password') ?? '';
  noteTokens(secrets, 'refresh', (await refresh(server, app, first)).body);
  await refresh(server, app, first);
  const throwaway = (await token(server, app, { grant_type: 'password', username: 'alice', password })).body;
  noteTokens(secrets, 'revoked', throwaway);
  await revoke(server, app, throwaway.refresh_token);
}

/** A token made by hand, and somebody who leaves and is asked whether to stay. */
async function ownAccount(server: TestServer, secrets: Secrets, browser: Browser) {
  const form = await browser.open('/account/tokens/new');
  const made = await browser.submit(form, { name: 'script', scopes: ['read'] }, '/account/tokens');
  secrets.set('personal token', /lkp_[0-9A-Za-z]+/.exec(made.text)?.[0] ?? '');
  await profile(server, secrets.get('personal token') ?? '');
  await browser.submit(await browser.open('/account/data'), {}, '/account/data/export');

  const leaver = watchedBrowser(server, secrets);
  secrets.set('password of a leaver', canary('leaverpassword'));
  const credentials = { username: 'leaver', password: secrets.get('password of a leaver') ?? '' };
  await leaver.submit(await leaver.open('/signup'), { ...credentials, email: 'l@example.com' });
  await leaver.submit(await leaver.open('/account/data/delete'), {}, '/account/data/delete');
  const asked = await leaver.submit(await leaver.open('/login'), credentials);
  secrets.set('token to keep the account', new URL(asked.url).searchParams.get('token') ?? '');
}

/** Tokens where they belong, and where they do not. */
async function useTokens(server: TestServer, secrets: Secrets, app: TestApplication) {
  const alive = secrets.get('access_token of refresh') ?? '';
  await profile(server, alive);
  await get(server, '/o/userinfo', { authorization: `Bearer ${alive}` });
  for (const [name, value] of [...secrets]) {
    if (!/token|code/.test(name)) continue;
    await introspect(server, app, value);
    await get(server, `/profile?access_token=${encodeURIComponent(value)}`);
    await get(server, `/o/introspect?token=${encodeURIComponent(value)}`);
    await get(server, '/o/userinfo', { authorization: `Bearer ${value}x` });
    await post(server, `/o/token?code=${encodeURIComponent(value)}`, {
      grant_type: 'authorization_code',
      code: `${value}x`,
    });
  }
  await post(server, '/o/token', {
    grant_type: 'client_credentials',
    client_id: app.clientId,
    client_secret: `${app.secret}x`,
  });
}

export async function goThroughEveryFlow(
  server: TestServer,
): Promise<{ secrets: Secrets; app: TestApplication; browser: Browser }> {
  const secrets: Secrets = new Map();
  const browser = await people(server, secrets);
  await factors(server, secrets);
  const app = await applications(server, secrets, browser);
  await codeFlows(server, secrets, browser, app);
  await deviceFlow(server, secrets, browser, app);
  await directGrants(server, secrets, app);
  await ownAccount(server, secrets, browser);
  await useTokens(server, secrets, app);
  return { secrets, app, browser };
}
