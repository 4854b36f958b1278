/** The browsers a person is signed in at, and the end of it. */
import type { Context } from 'koa';
import { z } from 'zod';
import { endOtherSessions, endSession } from '../accounts/sessions/end-sessions.js';
import { listOwnSessions, thisBrowser } from '../accounts/sessions/own-sessions.js';
import { notFound } from '../http/errors.js';
import { type Operation, operation, reply } from '../json-api/operation.js';
import { translatorFor } from '../languages/texts.js';
import type { AccountApiDeps } from './deps.js';

const browserShape = z
  .strictObject({
    id: z.string(),
    is_this: z.boolean().meta({ description: 'Whether it is the browser that asks.' }),
    device: z.string().meta({ description: 'What the browser says it is, in the language of the reader.' }),
    network: z.string(),
    signed_in_at: z.iso.datetime().nullable(),
    last_used_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'SignedInBrowser' });

const listShape = z.strictObject({ sessions: z.array(browserShape) }).meta({ id: 'SignedInBrowsers' });

const TAG = 'Browsers';

/** No other can be one, and PostgreSQL refuses NUL. */
const SESSION_ID = /^[\w-]{1,64}$/;

export function browserOperations({ database, sessions }: AccountApiDeps): Operation[] {
  const by = ({ state: { network, requestId } }: Context, accountId: number) => ({
    accountId,
    network,
    requestId,
  });

  return [
    operation({
      method: 'get',
      path: '/api/account/sessions',
      tag: TAG,
      summary: 'Where the person is signed in',
      access: 'signed-in',
      answers: { 200: listShape },
      async run({ ctx, account }) {
        const { say } = translatorFor(ctx.state.language);
        const found = await listOwnSessions(database, account.id, await thisBrowser(sessions, ctx));
        const listed = found.map(({ uid, isThis, device, network, createdAt, lastUsedAt }) => ({
          id: uid,
          is_this: isThis,
          device: say(device),
          network,
          signed_in_at: createdAt?.toISOString() ?? null,
          last_used_at: lastUsedAt?.toISOString() ?? null,
        }));
        return reply(200, { sessions: listed });
      },
    }),

    operation({
      method: 'delete',
      path: '/api/account/sessions',
      tag: TAG,
      summary: 'Sign out everywhere else',
      description: 'Applications keep what they were allowed.',
      access: 'signed-in',
      answers: { 204: null },
      async run({ ctx, account }) {
        await endOtherSessions(database, await sessions.getUid(ctx), by(ctx, account.id));
        return reply(204);
      },
    }),

    operation({
      method: 'delete',
      path: '/api/account/sessions/{id}',
      tag: TAG,
      summary: 'Sign out one browser',
      access: 'signed-in',
      answers: { 204: null },
      async run({ ctx, account }) {
        const { id = '' } = ctx.params;
        const isEnded = SESSION_ID.test(id) && (await endSession(database, id, by(ctx, account.id)));
        if (!isEnded) throw notFound();
        return reply(204);
      },
    }),
  ];
}
