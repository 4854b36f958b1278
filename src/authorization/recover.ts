/**
 * A sign-in whose cookie is gone (another browser, the back button, a second tab) is taken up again instead of ending
 * in "session not found": the authorization request is still stored, so it is simply sent again by this browser.
 */
import type { Context } from 'koa';
import type { Database } from '../database/database.js';
import { REDIRECT_URI_OMITTED, RESTARTED } from '../engine/authorization-parameters.js';
import { enginePaths } from '../engine/engine-paths.js';
import { findInteraction } from '../engine/storage/sessions-store.js';
import { seeOther } from '../http/see-other.js';
import { withoutTrailingSlashes } from '../http/trailing-slashes.js';

/** Where this sign-in can be taken up again; undefined when nothing is known of it or it was taken up before. */
export async function findRestartUrl(database: Database, uid: string): Promise<string | undefined> {
  const interaction = await findInteraction(database, uid, new Date());
  if (!interaction) return undefined;
  const { params, deviceCode } = interaction.details as {
    params: Record<string, string>;
    deviceCode?: string;
  };
  if (deviceCode) return enginePaths.code_verification;
  // Once only: a browser without cookies would go round for ever.
  if (params[RESTARTED] && !interaction.finishedAt) return undefined;
  return requestAgain({ ...params, [RESTARTED]: '1' });
}

/** The authorization request as it was sent: what the engine has filled in must not look as if the client had said it. */
export function requestAgain({ [REDIRECT_URI_OMITTED]: omitted, ...params }: Record<string, string>): string {
  if (omitted) delete params.redirect_uri;
  return `${enginePaths.authorization}?${new URLSearchParams(params)}`;
}

/** @returns whether the browser was sent to take up the sign-in named by the last part of the path */
export async function recoverInteraction(database: Database, ctx: Context): Promise<boolean> {
  const uid = withoutTrailingSlashes(ctx.path).split('/').pop() ?? '';
  const url = await findRestartUrl(database, uid);
  if (!url) return false;
  seeOther(ctx, url);
  return true;
}
