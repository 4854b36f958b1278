/** A device is connected by somebody who has a second factor, only once they have shown it. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { newBrowser } from '../support/browser.js';
import { backToPresent, travel } from '../support/clock.js';
import { codeOf, sendCode, setUpApp } from '../support/factors.js';
import { post } from '../support/oauth.js';
import { claimsOfIdToken } from '../support/openid.js';
import { createApp, createPerson, PASSWORD, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

const GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

let server: TestServer;
let tv: TestApplication;

beforeAll(async () => {
  server = await startTestServer();
  tv = await createApp(server, { clientType: 'public', redirectUris: [], grantTypes: [GRANT] });
});
afterAll(async () => {
  backToPresent();
  await server.stop();
});

test('the device waits until then, and is told that there were two factors', async () => {
  await createPerson(server, 'alice');
  const { seed } = await setUpApp(server, 'alice');
  travel(30);
  const { body: started } = await post(server, '/o/device-authorization', {
    client_id: tv.clientId,
    scope: 'openid',
  });
  const poll = () =>
    post(server, '/o/token', { grant_type: GRANT, client_id: tv.clientId, device_code: started.device_code });

  const browser = newBrowser(server.url);
  const typed = await browser.open('/o/device');
  const confirm = await browser.submit(typed, { user_code: started.user_code }, '/o/device');
  const login = await browser.submit(confirm, { confirm: 'yes' }, '/o/device');
  const step = await browser.submit(login, { username: 'alice', password: PASSWORD }, '/login');
  expect(step.html.querySelector('h1')?.text).toBe('Second step');
  expect((await poll()).body.error).toBe('authorization_pending');
  const consent = await sendCode(browser, step, codeOf(seed));
  await browser.submit(consent, {}, '/consent');
  travel(10);
  const { body: tokens } = await poll();
  expect(claimsOfIdToken(tokens.id_token)).toMatchObject({
    acr: 'urn:latchkey:acr:mfa',
    amr: ['pwd', 'otp', 'mfa'],
  });
});
