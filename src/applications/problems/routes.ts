/**
 * Refused requests, explained to whoever owns the application.
 *
 * URLs, below /applications/<id> (and /o/applications/<id>): /problems lists those of the last seven days,
 * /problems/<request id> explains one, and POST /problems/<request id>/repair changes what the explanation offers to.
 * /errors/<request id> is the error_uri of every OAuth error: it leads the owner to the explanation and tells everybody
 * else what the error codes mean. Table: refused_requests; it is written by problems.ts.
 */
import { Router } from '@koa/router';
import type { Context } from 'koa';
import type { Account } from '../../accounts/account.js';
import { notFound } from '../../http/errors.js';
import { textOf } from '../../http/form-input.js';
import { seeOther } from '../../http/see-other.js';
import type { Sentence } from '../../languages/texts.js';
import type { Application } from '../application.js';
import { type ApplicationDeps, bodyOf, changeBy, pathsOf, withApplication } from '../application-pages.js';
import { findApplicationOf } from '../find-application.js';
import { listPatterns, listPreviewUris } from '../preview-uris/preview-uris.js';
import { GRANT_LABELS } from '../settings/grant-labels.js';
import { type Explanation, moment, type Repair } from './cause.js';
import { findCause } from './causes/index.js';
import { GENERIC, GENERIC_SECTIONS } from './error-codes.js';
import type { Problems } from './problems.js';
import { applyRepair, REPAIR_LABELS } from './repair.js';
import { ENDPOINTS, type Endpoint } from './sent-request.js';
import {
  countByCause,
  DAYS_KEPT,
  findRefusedRequest,
  type RefusedRequest,
  selectRefusedRequests,
} from './store.js';

interface ProblemDeps extends ApplicationDeps {
  problems: Problems;
}

const PAGE_SIZE = 50;
const REQUEST_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const ENDPOINT_NAMES: Record<Endpoint, string> = {
  authorization: 'authorization',
  token: 'token',
  revocation: 'revocation',
  introspection: 'introspection',
  userinfo: 'userinfo',
  profile: 'profile',
  device_authorization: 'device authorization',
  end_session: 'sign-out',
  sign_in: 'pages of a sign-in',
  preflight: 'preflight of a browser',
};

export function problemRoutes(deps: ProblemDeps): Router {
  const router = new Router();
  router.get(
    pathsOf('/:id/problems'),
    withApplication(deps, (ctx, application) => showProblems(deps, ctx, application)),
  );
  router.get(
    pathsOf('/:id/problems/:requestId'),
    withApplication(deps, (ctx, application) => showProblem(deps, ctx, application)),
  );
  router.post(
    pathsOf('/:id/problems/:requestId/repair'),
    withApplication(deps, (ctx, application, account) => repair(deps, ctx, application, account)),
  );
  router.get('/errors/:requestId', (ctx) => showError(deps, ctx));
  return router;
}

const titled = (found: RefusedRequest) => ({
  ...found,
  title: findCause(found.cause).title,
  endpointName: ENDPOINT_NAMES[found.endpoint],
});

/** A filter as it stands in the address; what is none of the choices is no filter. */
function chosen<T extends string>(value: unknown, choices: readonly T[]): T | undefined {
  return choices.find((choice) => choice === value);
}

type Place = Pick<RefusedRequest, 'at' | 'requestId'>;

/** Where the next page goes on, as it stands in the address. */
const placeOf = ({ at, requestId }: Place): string => `${at.toISOString()}_${requestId}`;

function readPlace(text: unknown): Place | undefined {
  const [time = '', requestId = ''] = textOf(text).split('_');
  const at = new Date(time);
  return Number.isNaN(at.getTime()) || !REQUEST_ID.test(requestId) ? undefined : { at, requestId };
}

async function showProblems(
  { database, pages, problems }: ProblemDeps,
  ctx: Context,
  application: Application,
): Promise<void> {
  await problems.flush();
  const now = new Date();
  const counts = await countByCause(database.knex, application.id, now);
  const cause = chosen(
    ctx.query.cause,
    counts.map((each) => each.cause),
  );
  const endpoint = chosen(ctx.query.endpoint, ENDPOINTS);
  const filter = { cause, endpoint, after: readPlace(ctx.query.after), limit: PAGE_SIZE + 1 };
  const found = await selectRefusedRequests(database.knex, application.id, filter, now);
  const shown = found.slice(0, PAGE_SIZE);
  pages.render(ctx, 'applications/problems/list', {
    application,
    daysKept: DAYS_KEPT,
    counts: counts.map((each) => ({
      ...each,
      title: findCause(each.cause).title,
      endpointName: ENDPOINT_NAMES[each.endpoint],
    })),
    refused: shown.map(titled),
    cause,
    endpoint,
    older: found.length > PAGE_SIZE ? placeOf(shown.at(-1)!) : undefined,
    isFiltered: cause !== undefined || endpoint !== undefined,
  });
}

/** @throws AppError 404 */
async function getProblem(
  { database, problems }: ProblemDeps,
  ctx: Context,
  application: Application,
): Promise<RefusedRequest> {
  await problems.flush();
  const { requestId = '' } = ctx.params as { requestId?: string };
  const found = REQUEST_ID.test(requestId)
    ? await findRefusedRequest(database.knex, requestId, new Date())
    : undefined;
  if (found?.applicationId !== application.id) throw notFound();
  return found;
}

async function explain(
  { config, database: { knex } }: ProblemDeps,
  application: Application,
  found: RefusedRequest,
): Promise<Explanation> {
  const [patterns, live] = await Promise.all([
    listPatterns(knex, application.id),
    listPreviewUris(knex, application.id, new Date()),
  ]);
  const previews = { patterns, uris: live.map(({ uri }) => uri) };
  return findCause(found.cause).explain({ ...found, application, previews, config });
}

const labelOf = ({ kind, value }: Repair): string => (kind === 'grant' ? GRANT_LABELS[value].label : value);

async function showProblem(
  deps: ProblemDeps,
  ctx: Context,
  application: Application,
  failure: Sentence | undefined = undefined,
): Promise<void> {
  const found = await getProblem(deps, ctx, application);
  const explanation = await explain(deps, application, found);
  const { repair: offered } = explanation;
  deps.pages.render(
    ctx,
    'applications/problems/show',
    {
      application,
      found: titled(found),
      time: moment(found.at),
      explanation,
      repair: offered && { ...offered, label: labelOf(offered), button: REPAIR_LABELS[offered.kind] },
      failure,
    },
    { status: failure ? 422 : 200 },
  );
}

async function repair(
  deps: ProblemDeps,
  ctx: Context,
  application: Application,
  account: Account,
): Promise<void> {
  const found = await getProblem(deps, ctx, application);
  const { repair: offered } = await explain(deps, application, found);
  if (offered) {
    if (offered.warning && textOf(bodyOf(ctx).checked) !== 'yes')
      return showProblem(
        deps,
        ctx,
        application,
        'Tick that you have compared the address before you add it.',
      );
    const change = { isTrusted: account.isSuperuser, ...changeBy(ctx, account) };
    const { problem } = await applyRepair(deps, application.id, offered, change);
    if (problem) return showProblem(deps, ctx, application, problem);
  }
  seeOther(ctx, `/applications/${application.id}/problems/${found.requestId}`);
}

/** Where the owner reads about it; nothing for everybody else, whether there is such a request or not. */
async function findExplanation(
  { database, problems }: ProblemDeps,
  ctx: Context,
): Promise<string | undefined> {
  const { requestId = '' } = ctx.params as { requestId?: string };
  const { account } = ctx.state;
  if (!account || !REQUEST_ID.test(requestId)) return undefined;
  await problems.flush();
  const found = await findRefusedRequest(database.knex, requestId, new Date());
  const application = found && (await findApplicationOf(database.knex, account, found.applicationId));
  return application && `/applications/${application.id}/problems/${found.requestId}`;
}

async function showError(deps: ProblemDeps, ctx: Context): Promise<void> {
  const explanation = await findExplanation(deps, ctx);
  if (explanation) return seeOther(ctx, explanation);
  deps.pages.render(ctx, 'applications/problems/codes', {
    sections: GENERIC_SECTIONS.map((name) => ({
      name,
      codes: Object.entries(GENERIC).filter(([, { where }]) => where === name),
    })),
    daysKept: DAYS_KEPT,
    here: REQUEST_ID.test(ctx.params.requestId) ? `/errors/${ctx.params.requestId}` : undefined,
  });
}
