/** A secret that was right once. */
import { endSecrets, type WhyEnded } from '../../../../src/applications/secrets/retired-secrets.js';
import { basic, post } from '../../../support/oauth.js';
import type { Case, Refusal, World } from '../world.js';

const CC = { grant_type: 'client_credentials' };

/** A token request with a secret that has ended. */
const endingSecrets =
  (why: WhyEnded) =>
  async ({ server, newApp }: World): Promise<Refusal> => {
    const app = await newApp();
    await endSecrets(server.database.knex, { applicationId: app.id }, { why, at: new Date() });
    return { app, answer: await post(server, '/o/token', CC, basic(app)) };
  };

export const endedSecretCases: Case[] = [
  {
    cause: 'secret.expired',
    async provoke({ server, newApp }) {
      const app = await newApp();
      await server.database
        .knex('client_secrets')
        .where({ application_id: app.id })
        .update({ expires_at: new Date('2020-02-03T04:05:06Z') });
      return { app, answer: await post(server, '/o/token', CC, basic(app)) };
    },
    reads: ['This one was until 2020-02-03 04:05:06 UTC'],
  },
  {
    cause: 'secret.retired',
    provoke: endingSecrets('retired'),
    reads: [
      /This one was retired at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/,
      'Something still runs with the old secret',
    ],
  },
  {
    cause: 'secret.leaked',
    provoke: endingSecrets('leaked'),
    reads: ['found in public', 'somebody has found it'],
  },
];
