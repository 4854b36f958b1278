import type { Application, ApplicationSettings } from '../../src/applications/application.js';
import { updateApplication } from '../../src/applications/update-application.js';
import { travel } from './clock.js';
import type { TestApplication } from './people.js';
import type { TestServer } from './server.js';

/** Changes an application as its owner would, and lets pass the second in which a node may still know the old one. */
export async function changeSettings(
  { database }: TestServer,
  app: TestApplication,
  changed: Partial<ApplicationSettings>,
): Promise<void> {
  const decide = ({ id, clientId, ownerId, disabledAt, createdAt, updatedAt, ...settings }: Application) => ({
    ...settings,
    ...changed,
  });
  await updateApplication(database.knex, app.id, { decide, by: {}, at: new Date() });
  travel(2);
}
