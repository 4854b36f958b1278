import { afterAll, beforeAll, expect, test } from '@jest/globals';

// In place before anything loads the engine, which warns while it loads.
const said: string[] = [];
const original = console.warn;
console.warn = (...args: unknown[]) => {
  said.push(args.join(' '));
};
const { startTestServer } = await import('../support/server.js');
const { createApp, createPerson } = await import('../support/people.js');
const { byPassword, refresh } = await import('../support/oauth.js');

let server: Awaited<ReturnType<typeof startTestServer>>;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(async () => {
  console.warn = original;
  await server.stop();
});

test('the engine starts and answers without a warning: its two known ones are answered', async () => {
  await createPerson(server, 'alice');
  const app = await createApp(server, { grantTypes: ['password', 'refresh_token'] });
  const { refresh_token } = await byPassword(server, app, 'alice', { scope: 'openid read' });
  expect((await refresh(server, app, refresh_token)).status).toBe(200);
  expect(said).toEqual([]);
});

test('any other warning of the engine, and every one of somebody else, is still shown', () => {
  console.warn('oidc-provider WARNING: something new');
  console.warn('Unsupported runtime. Says somebody else');
  expect(said).toEqual(['oidc-provider WARNING: something new', 'Unsupported runtime. Says somebody else']);
});
