import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { addToGroup, removeFromGroup } from '../../src/accounts/groups.js';
import { setAccountEnabled } from '../../src/accounts/set-account-enabled.js';
import { rotateSecret } from '../../src/applications/secrets/rotate-secret.js';
import { createApp, createPerson, signIn, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { eventsOf, fromRequest } from './events-of.js';

let server: TestServer;
let app: TestApplication;
let aliceId: number;

beforeAll(async () => {
  server = await startTestServer();
  aliceId = (await createPerson(server, 'alice')).id;
  app = await createApp(server);
});

afterAll(() => server.stop());

describe('what is administered is recorded, with who did it (DA-07)', () => {
  test('an application made, changed, disabled, enabled, given a secret and deleted by its page', async () => {
    const browser = await signIn(server, 'alice');
    const made = await eventsOf(server, async () =>
      browser.submit(await browser.open('/applications/register'), {
        name: 'Mine',
        redirect_uris: 'https://mine.test/cb',
        client_type: 'confidential',
      }),
    );
    expect(made[0]).toMatchObject({ event: 'application.created', ...fromRequest });
    const [{ id, client_id }] = await server.database.knex('applications').where({ name: 'Mine' });
    const rootId = (await createPerson(server, 'root', { isSuperuser: true })).id;
    const root = await signIn(server, 'root');
    const happened = await eventsOf(server, async () => {
      await browser.submit(await browser.open(`/applications/${id}/update`), { name: 'Yours' });
      const secrets = await browser.submit(await browser.open(`/applications/${id}/secrets`), {}, '/secrets');
      const retire = secrets.html.querySelector('a[href$="/retire"]')!.getAttribute('href')!;
      await browser.submit(await browser.open(retire), {}, '/retire');
      const reason = 'It asks for passwords';
      await root.submit(await root.open(`/applications/${id}/disable`), { reason }, '/disable');
      await root.submit(await root.open(`/applications/${id}`), {}, '/enable');
      await browser.submit(await browser.open(`/applications/${id}/delete`), {}, '/delete');
    });
    expect(happened.map(({ event }) => event)).toEqual([
      'application.changed',
      'secret.added',
      'secret.retired',
      'application.disabled',
      'application.enabled',
      'application.deleted',
    ]);
    for (const row of happened) expect(row).toMatchObject({ client_id, ...fromRequest });
    // Who acted is there, when it was not the owner.
    expect(happened[3]?.actor_id).toBe(rootId);
    expect(JSON.stringify(happened)).not.toMatch(/[A-Za-z0-9]{60,}/);
  });

  test('what the command line does: disabling, enabling, groups, a new secret', async () => {
    const happened = await eventsOf(server, async () => {
      await setAccountEnabled(server.database, 'alice', false);
      await setAccountEnabled(server.database, 'alice', true);
      await addToGroup(server.database.knex, 'alice', 'staff');
      await removeFromGroup(server.database.knex, 'alice', 'staff');
      await rotateSecret(server.database.knex, app.id, { overlap: 0, at: new Date(), by: {} });
    });
    expect(happened.map(({ event }) => event)).toEqual([
      'account.disabled',
      'account.enabled',
      'group.joined',
      'group.left',
      'secret.added',
    ]);
    for (const row of happened.slice(0, 4)) expect(row.account_id).toBe(aliceId);
  });
});
