/** A sign-in at an application that is in progress: finding the one this browser is in the middle of, and going on with it. */
import type { Context } from 'koa';
import type Provider from 'oidc-provider';
import type { InteractionResults } from 'oidc-provider';
import type { AccountDeps } from '../accounts/account-deps.js';
import { AppError } from '../http/errors.js';
import { seeOther } from '../http/see-other.js';
import { text } from '../languages/texts.js';
import { findRestartUrl } from './recover.js';

export interface AuthorizationDeps extends AccountDeps {
  engine: Provider;
}

export type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;

/** The sign-in this browser is in the middle of, when it is the one of the address. */
export async function findInteraction(
  { engine }: AuthorizationDeps,
  ctx: Context,
): Promise<Interaction | undefined> {
  try {
    const interaction = await engine.interactionDetails(ctx.req, ctx.res);
    return interaction.uid === ctx.params.uid ? interaction : undefined;
  } catch (error) {
    if (error instanceof Error && error.name === 'SessionNotFound') return undefined;
    throw error;
  }
}

/** @throws AppError 400 when the browser is not in the middle of this step */
export async function getInteraction(
  deps: AuthorizationDeps,
  ctx: Context,
  step: 'login' | 'consent',
): Promise<Interaction> {
  const interaction = await findInteraction(deps, ctx);
  if (interaction?.prompt.name === step) return interaction;
  const restart = await findRestartUrl(deps.database, ctx.params.uid);
  throw new AppError(400, 'sign_in_interrupted', text('authorization.interrupted.message'), {
    hint: text('authorization.interrupted.hint'),
    ...(restart ? { link: { href: restart, text: text('authorization.continue') } } : {}),
  });
}

/** Back to the engine. Path only: at localhost and 127.0.0.1 alike the browser stays where its cookies are. */
const pathOf = (returnTo: string) => new URL(returnTo).pathname;

/** Back to the engine with nothing new. */
export function resume(ctx: Context, { returnTo }: Interaction): void {
  seeOther(ctx, pathOf(returnTo));
}

/** Notes what the person did in this step. @returns where the engine takes it up; a path, as above */
export async function finish(
  { engine }: AuthorizationDeps,
  ctx: Context,
  result: InteractionResults,
): Promise<string> {
  // Merged with the steps before: a sign-in that was asked for (prompt=login) still counts after the consent page.
  const returnTo = await engine.interactionResult(ctx.req, ctx.res, result, {
    mergeWithLastSubmission: true,
  });
  return pathOf(returnTo);
}

export function parameter(interaction: Interaction, name: string): string | undefined {
  const value = interaction.params[name];
  return typeof value === 'string' ? value : undefined;
}

/** Of the application that the person signs in at. */
export const clientIdOf = (interaction: Interaction): string => parameter(interaction, 'client_id') ?? '';
