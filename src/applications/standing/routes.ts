/**
 * What superusers decide about an application, and its owner's asking again.
 *
 *   /applications/<id>/disable     GET asks for the reason, POST does; its tokens stop at once
 *   /applications/<id>/enable      POST
 *   /applications/<id>/approve     POST, of one that waits or was refused
 *   /applications/<id>/refuse      GET asks for the reason, POST does
 *   /applications/<id>/ask-again   POST, for the owner of one that was refused
 *   /applications/waiting          those that wait
 *
 * The same under /o. But for the owner's there are no such pages for anybody who is no superuser. Table:
 * application_holds (holds-store.ts).
 */
import { Router } from '@koa/router';
import type { Context } from 'koa';
import type { Account } from '../../accounts/account.js';
import { readReason } from '../../audit/read-reason.js';
import { type FieldErrors, notFound } from '../../http/errors.js';
import { seeOther } from '../../http/see-other.js';
import type { Application } from '../application.js';
import {
  type ApplicationDeps,
  changeBy,
  pathsOf,
  whenSignedIn,
  withApplication,
} from '../application-pages.js';
import { approveApplication, askAgain, refuseApplication } from './decide.js';
import { selectWaiting } from './holds-store.js';
import { setApplicationEnabled } from './set-application-enabled.js';

const MOST_SHOWN = 200;

/** What takes a reason, which the owner reads. */
const DECISIONS = {
  disable: {
    heading: 'Disable the application?',
    sentence: 'It is refused everywhere, and its tokens stop working at once, until you enable it again.',
    button: 'Disable it',
  },
  refuse: {
    heading: 'Refuse the application?',
    sentence: 'It stays refused everywhere. Its owner may change it and ask again.',
    button: 'Refuse it',
  },
} as const;

type Decision = keyof typeof DECISIONS;
type Decide = (ctx: Context, application: Application, account: Account) => Promise<void>;

export function standingRoutes(deps: ApplicationDeps): Router {
  const router = new Router();
  const { mails, pages } = deps;
  const { knex } = deps.database;

  router.get(
    pathsOf('/waiting'),
    whenSignedIn(async (ctx, account) => {
      if (!account.isSuperuser) throw notFound();
      pages.render(ctx, 'applications/standing/waiting', { waiting: await selectWaiting(knex, MOST_SHOWN) });
    }),
  );

  const decideBy = (decide: Decide, isForOwners = false) =>
    withApplication(deps, async (ctx, application, account) => {
      if (!isForOwners && !account.isSuperuser) throw notFound();
      await decide(ctx, application, account);
    });
  const get = (path: string, decide: Decide) => router.get(pathsOf(path), decideBy(decide));
  const post = (path: string, decide: Decide, isForOwners?: boolean) =>
    router.post(pathsOf(path), decideBy(decide, isForOwners));
  const backTo = (ctx: Context, { id }: Application) => seeOther(ctx, `/applications/${id}`);

  /** @param decide with the reason that was given */
  const withReason = (
    decision: Decision,
    decide: (ctx: Context, application: Application, account: Account, reason: string) => Promise<void>,
  ): void => {
    get(`/:id/${decision}`, async (ctx, application) => askReason(deps, ctx, decision, application));
    post(`/:id/${decision}`, async (ctx, application, account) => {
      const { reason, errors } = readReason(ctx, { isRequired: true });
      if (errors.reason) return askReason(deps, ctx, decision, application, { reason, errors });
      await decide(ctx, application, account, reason);
      backTo(ctx, application);
    });
  };

  withReason('disable', (ctx, { id }, account, reason) =>
    setApplicationEnabled(knex, id, { enabled: false, reason, mails, ...changeBy(ctx, account) }),
  );
  withReason('refuse', (ctx, { id }, account, reason) =>
    refuseApplication(mails, knex, id, { reason, ...changeBy(ctx, account) }),
  );
  post('/:id/enable', async (ctx, application, account) => {
    await setApplicationEnabled(knex, application.id, { enabled: true, mails, ...changeBy(ctx, account) });
    backTo(ctx, application);
  });
  post('/:id/approve', async (ctx, application, account) => {
    await approveApplication(mails, knex, application.id, changeBy(ctx, account));
    backTo(ctx, application);
  });
  post(
    '/:id/ask-again',
    async (ctx, application, account) => {
      await askAgain(mails, knex, application.id, changeBy(ctx, account));
      backTo(ctx, application);
    },
    true,
  );
  return router;
}

function askReason(
  { pages }: ApplicationDeps,
  ctx: Context,
  decision: Decision,
  application: Application,
  { reason = '', errors = {} }: { reason?: string; errors?: FieldErrors } = {},
): void {
  pages.render(
    ctx,
    'applications/standing/decide',
    { application, decision, ...DECISIONS[decision], reason, errors },
    { status: Object.keys(errors).length ? 422 : 200 },
  );
}
