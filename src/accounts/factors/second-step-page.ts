/**
 * The page of the second step, the same after the sign-in page and within a sign-in at an application: what differs is
 * the place it stands at. A new way to take the step is a case in prove-factor.ts and a block in its view.
 */
import type { Context } from 'koa';
import type {} from 'koa-bodyparser'; // gives ctx.request its body
import { z } from 'zod';
import type { ApplicationLook } from '../../branding/application-looks.js';
import { AppError } from '../../http/errors.js';
import { parseForm, word } from '../../http/form-input.js';
import type { RenderOptions } from '../../http/pages.js';
import { seeOther } from '../../http/see-other.js';
import { type Text, text } from '../../languages/texts.js';
import { AccessEnded } from '../access-epoch.js';
import type { Account } from '../account.js';
import type { AccountDeps } from '../account-deps.js';
import type { Method } from '../authentication.js';
import { browserOf } from '../passkeys/browser-of.js';
import { askForPasskey } from '../passkeys/check-passkey.js';
import { describeWait } from '../wait.js';
import { factorCookies } from './factor-cookies.js';
import type { FactorOrigin } from './factor-deps.js';
import { hasFactor, type Way, waysOf } from './find-factors.js';
import { insertPendingSignIn } from './pending-sign-ins.js';
import { findSecondStep, type OpenSecondStep, type StepAnswer, takeSecondStep } from './second-step.js';
import { describeSetup, offerSetup, openSetup } from './totp.js';

export interface SecondStepPlace {
  /** Its address, which is that of its form as well. */
  path: string;
  /** Where to go on afterwards, when that has to be carried along. */
  next?: string | undefined;
  /** Where to begin again with the password. */
  start: string;
  formAction: NonNullable<RenderOptions['formAction']>;
  clientId?: string | undefined;
  applicationName?: string | undefined;
  /** How the application looks that the person signs in at. */
  look?: ApplicationLook | undefined;
  /** Where a person goes who will not set up a factor that the application asks for. */
  declineAction?: string | undefined;
  /** @returns where the browser goes next */
  finish(account: Account, methods: Method[]): Promise<string>;
}

/**
 * After the right password: the browser is given what it needs for the second step, and nothing else.
 * @throws AccessEnded
 */
export async function beginSecondStep(
  { config, database }: AccountDeps,
  ctx: Context,
  { account, methods, path }: { account: Account; methods: Method[]; path: string },
): Promise<void> {
  const pending = { accountId: account.id, accessEpoch: account.accessEpoch, methods };
  const token = await insertPendingSignIn(database.knex, pending, new Date());
  if (!token) throw new AccessEnded();
  factorCookies(config).setPending(ctx, token, path);
}

export function originOf(ctx: Context, at: Date, clientId?: string): FactorOrigin {
  const { network, requestId, language } = ctx.state;
  return { at, network, requestId, language, clientId };
}

/** To the password again, which says why. */
function startAgain(deps: AccountDeps, ctx: Context, { path, start }: SecondStepPlace): void {
  factorCookies(deps.config).endPending(ctx, path);
  seeOther(ctx, `${start}${start.includes('?') ? '&' : '?'}again=1`);
}

/** What the password page says to somebody who was sent back to it. */
export function describeStartAgain(ctx: Context): Text | undefined {
  return ctx.query.again === '1' ? text('factors.step.over') : undefined;
}

/** Of the ways a person has, the one asked for; else the usual one. */
export function chooseWay(ctx: Context, ways: Way[]): Way | undefined {
  const asked = ctx.query.way ?? (ctx.request.body as { way?: unknown } | undefined)?.way;
  return ways.find((way) => way === asked) ?? ways[0];
}

interface Failure {
  error: Text;
  status: number;
  sealed?: string;
}

async function render(
  { config, pages, factorKeys }: AccountDeps,
  ctx: Context,
  place: SecondStepPlace,
  { account: person, factors }: OpenSecondStep,
  failure: Failure | undefined = undefined,
): Promise<void> {
  const { path, next, start, applicationName, look, declineAction, formAction } = place;
  const { username } = person;
  const common = { action: path, next, start, applicationName, look, username, error: failure?.error };
  const options = { status: failure?.status ?? 200, formAction };
  if (!hasFactor(factors)) {
    const at = new Date();
    const { seeds } = factorKeys;
    const seed = failure?.sealed && openSetup(seeds, failure.sealed, person, at);
    const setup = seed
      ? await describeSetup(seeds, seed, person, config.issuer, at)
      : await offerSetup(seeds, person, config.issuer, at);
    const locals = { ...common, setup, isRequired: factors.isRequired, declineAction };
    return pages.render(ctx, 'accounts/factors/set-up-at-sign-in', locals, options);
  }
  const ways = waysOf(factors);
  const locals = { ...common, way: chooseWay(ctx, ways), ways };
  pages.render(ctx, 'accounts/factors/second-step', locals, options);
}

/** The sign-in that this browser is in the middle of. */
export async function findOpenStep(deps: AccountDeps, ctx: Context): Promise<OpenSecondStep | undefined> {
  const token = factorCookies(deps.config).findPending(ctx);
  return token ? findSecondStep(deps, token, new Date()) : undefined;
}

export async function showSecondStep(deps: AccountDeps, ctx: Context, place: SecondStepPlace): Promise<void> {
  const step = await findOpenStep(deps, ctx);
  if (!step) return startAgain(deps, ctx, place);
  await render(deps, ctx, place, step);
}

/** What the authenticator is to be asked for a passkey of this person, in this browser. */
export const askForOwnPasskey = (deps: AccountDeps, ctx: Context, accountId: number) =>
  askForPasskey(deps, { purpose: 'second-step', accountId, browser: browserOf(ctx) });

/** For the script of the page: what the authenticator of the person is to be asked. */
export async function askAtSecondStep(deps: AccountDeps, ctx: Context): Promise<void> {
  const step = await findOpenStep(deps, ctx);
  if (!step) throw new AppError(403, 'second_step_over', text('factors.step.over'));
  ctx.set('Cache-Control', 'no-store');
  ctx.body = await askForOwnPasskey(deps, ctx, step.account.id);
}

const stepForm = z.object({ way: word, code: word, response: word, sealed: word, remember: word });

type StepForm = z.infer<typeof stepForm>;

function answerOf(ctx: Context, { way, code, response, sealed }: StepForm): StepAnswer {
  if (way === 'setup') return { way, sealed, code };
  if (way === 'passkey') return { way, response, browser: browserOf(ctx) };
  return { way: way === 'recovery_code' ? way : 'app', code };
}

export async function submitSecondStep(
  deps: AccountDeps,
  ctx: Context,
  place: SecondStepPlace,
): Promise<void> {
  const cookies = factorCookies(deps.config);
  const token = cookies.findPending(ctx);
  const form = parseForm(stepForm, ctx.request.body);
  if (!token || !form.ok) return startAgain(deps, ctx, place);

  const at = new Date();
  const userAgent = ctx.get('User-Agent');
  const remember = form.value.remember ? { userAgent, known: cookies.findBrowser(ctx) } : undefined;
  const step = { token, answer: answerOf(ctx, form.value), remember };
  const result = await takeSecondStep(deps, step, originOf(ctx, at, place.clientId));
  if (result.outcome === 'over') return startAgain(deps, ctx, place);
  if (result.outcome !== 'done') {
    const open = await findSecondStep(deps, token, at);
    if (!open) return startAgain(deps, ctx, place);
    const failure = describeFailure(ctx, result, step.answer.way);
    return render(deps, ctx, place, open, { ...failure, sealed: form.value.sealed });
  }

  cookies.endPending(ctx, place.path);
  if (result.browserToken) cookies.setBrowser(ctx, result.browserToken);
  const next = await place.finish(result.account, result.methods);
  const { recoveryCodes: codes } = result;
  if (!codes.length) return seeOther(ctx, next);
  deps.pages.render(ctx, 'accounts/factors/recovery-codes', { codes, next });
}

const WRONG: Record<Way | 'setup', Text> = {
  passkey: text('passkeys.refused.secondStep'),
  app: text('factors.step.wrong'),
  recovery_code: text('factors.step.wrongRecoveryCode'),
  setup: text('factors.setUp.wrong'),
};

/** What a page says of a wrong answer; sets Retry-After when the person has to wait. */
export function describeFailure(
  ctx: Context,
  failure: { outcome: 'wrong' } | { outcome: 'throttled'; retryAfter: number },
  way: Way | 'setup' = 'app',
): { error: Text; status: number } {
  if (failure.outcome === 'wrong') return { error: WRONG[way], status: 401 };
  ctx.set('Retry-After', String(failure.retryAfter));
  const wait = describeWait(failure.retryAfter);
  return { error: text('factors.step.tooMany', { wait }), status: 429 };
}
