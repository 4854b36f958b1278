/** Causes that there are only where the operator has set something: each on a server of its own. */
import { expect, test } from '@jest/globals';
import { byPassword, refresh } from '../../support/oauth.js';
import { startTestServer } from '../../support/server.js';
import { emailCase, passwordsOffCase } from './cases/operator-cases.js';
import { type Case, makeWorld, type World } from './world.js';

async function read(world: World, { cause, provoke, reads }: Case): Promise<void> {
  const { answer } = await provoke(world);
  const page = await world.developer.open(`/errors/${answer.headers.get('x-request-id')}`);
  for (const each of [cause, ...reads])
    expect(page.html.querySelector('main')!.text).toEqual(
      typeof each === 'string' ? expect.stringContaining(each) : expect.stringMatching(each),
    );
}

test('the password grant is switched off for all', async () => {
  const server = await startTestServer({ PASSWORD_GRANT: 'off' });
  await read(await makeWorld(server), passwordsOffCase);
  await server.stop();
});

test('email addresses have to be confirmed', async () => {
  const server = await startTestServer({ EMAIL_VERIFICATION: 'required' });
  const accounts = () => server.database.knex('accounts');
  const verify = (at: Date | null) => accounts().update({ email_verified_at: at });
  const world = await makeWorld(server, () => verify(new Date()));
  const app = await world.newApp();
  const { refresh_token } = await byPassword(server, app, 'alice');
  await accounts().where({ username: 'alice' }).update({ email_verified_at: null });
  await read(world, emailCase);
  await read(world, {
    cause: 'refresh_token.email_not_verified',
    provoke: async () => ({ app, answer: await refresh(server, app, refresh_token) }),
    reads: ['Send the person through a sign-in'],
  });
  await server.stop();
});
