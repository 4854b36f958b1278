/** What has happened to an account lately. */
import { z } from 'zod';
import { listActivity } from '../accounts/activity/list-activity.js';
import { refusal } from '../http/form-input.js';
import { type Operation, operation, reply } from '../json-api/operation.js';
import { translatorFor } from '../languages/texts.js';
import type { AccountApiDeps } from './deps.js';

const eventShape = z
  .strictObject({
    id: z.int(),
    at: z.iso.datetime(),
    event: z.string().meta({ description: 'A stable name for programs, such as `login.succeeded`.' }),
    sentence: z.string().meta({ description: 'The same in words, in the language of the reader.' }),
    network: z.string(),
  })
  .meta({ id: 'SecurityEvent' });

const activityShape = z
  .strictObject({
    events: z.array(eventShape),
    older: z.int().nullable().meta({ description: 'The `before` of the next page; null on the last.' }),
  })
  .meta({ id: 'Activity' });

const query = z.strictObject({
  before: z
    .string(refusal('forms.notAccepted'))
    .regex(/^\d{1,15}$/, refusal('forms.notAccepted'))
    .transform(Number)
    .optional()
    .meta({ description: 'Only what was before the event of this id.' }),
});

export function activityOperations({ database }: AccountApiDeps): Operation[] {
  return [
    operation({
      method: 'get',
      path: '/api/account/events',
      tag: 'Activity',
      summary: 'What has happened, the latest first, by pages of 25',
      access: 'signed-in',
      query,
      answers: { 200: activityShape },
      async run({ ctx, account, query: { before } }) {
        const { say } = translatorFor(ctx.state.language);
        const { events, older = null } = await listActivity(database.knex, account.id, before);
        const told = events.map(({ id, at, event, sentence, network }) => ({
          id,
          at: at.toISOString(),
          event,
          sentence: say(sentence),
          network,
        }));
        return reply(200, { events: told, older });
      },
    }),
  ];
}
