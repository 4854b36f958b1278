/** The pages the engine shows by itself (errors, sign-out, device codes), from views/ like all others. */
import type { Context } from 'koa';
import { type Configuration, errors, type KoaContextWithOIDC } from 'oidc-provider';
import { recoverInteraction } from '../authorization/recover.js';
import type { Database } from '../database/database.js';
import { csrfFailed } from '../http/csrf.js';
import { AppError } from '../http/errors.js';
import type { Pages } from '../http/pages.js';
import { type Text, text } from '../languages/texts.js';
import { enginePaths } from './engine-paths.js';
import { requestMemory } from './request-memory.js';
import { WRONG_USER_CODE_STATUS } from './user-code-throttle.js';

interface Explanation {
  message: Text;
  hint: Text;
}

const BACK = text('authorization.request.back');

const EXPLANATIONS: Record<string, Explanation> = {
  invalid_client: {
    message: text('authorization.request.unknownClient'),
    hint: text('authorization.request.unknownClientHint'),
  },
  invalid_redirect_uri: {
    message: text('authorization.request.redirectUri'),
    hint: text('authorization.request.redirectUriHint'),
  },
  invalid_token: { message: text('authorization.request.token'), hint: BACK },
};

/** What the engine says of a sign-out or device form whose token is not the one it made for this browser. */
const WRONG_FORM_TOKEN = 'xsrf token invalid';

function explain(out: { error: string; error_description?: string | undefined }): Explanation {
  const known = EXPLANATIONS[out.error];
  if (known) return known;
  // What the engine says to developers stays English.
  const detail = [out.error, out.error_description].filter(Boolean).join(', ');
  return {
    message: text('authorization.request.notAnswered'),
    hint: text('authorization.request.forDeveloper', { detail, back: BACK }),
  };
}

/** Read along with the session; the pages that are not the engine's know it by themselves. */
function knowReader(ctx: Context): void {
  const { holder, actor } = requestMemory(ctx);
  ctx.state.ownLocale = holder?.claims.locale;
  ctx.state.actor = actor;
  ctx.state.actsAs = holder?.username;
}

export function enginePages(database: Database, plainPages: Pages) {
  const pages: Pages = {
    ...plainPages,
    render(ctx, ...page) {
      knowReader(ctx);
      plainPages.render(ctx, ...page);
    },
  };

  const renderError: NonNullable<Configuration['renderError']> = async (ctx, out, error) => {
    knowReader(ctx as Context);
    if (error instanceof errors.SessionNotFound && (await recoverInteraction(database, ctx))) return;
    const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500;
    if (status >= 500) throw error;
    if (out.error_description === WRONG_FORM_TOKEN) throw csrfFailed(WRONG_FORM_TOKEN);
    const { message, hint } = explain(out);
    throw new AppError(status, out.error, message, { hint, cause: error });
  };

  const logout = {
    async logoutSource(ctx: KoaContextWithOIDC) {
      pages.render(
        ctx,
        'authorization/logout',
        {
          action: `${enginePaths.end_session}/confirm`,
          xsrf: ctx.oidc.session?.state?.secret,
          applicationName: ctx.oidc.client?.clientName,
        },
        { formAction: 'any' },
      );
    },
    async postLogoutSuccessSource(ctx: KoaContextWithOIDC) {
      pages.render(ctx, 'authorization/signed-out');
    },
  };

  const device = {
    async userCodeInputSource(
      ctx: KoaContextWithOIDC,
      _form: string,
      out: { error?: string; error_description?: string | undefined } | undefined,
      error?: Error & { userCode?: string },
    ) {
      if (out?.error_description === WRONG_FORM_TOKEN) throw csrfFailed(WRONG_FORM_TOKEN);
      // A failure of ours is not to be taken for a wrong code.
      if (error && out?.error === 'server_error') throw error;
      pages.render(
        ctx,
        'authorization/device-code',
        {
          action: enginePaths.code_verification,
          xsrf: ctx.oidc.session?.state?.secret,
          userCode: error?.userCode,
          error: describeUserCode(error),
        },
        { status: error ? WRONG_USER_CODE_STATUS : 200, formAction: 'any' },
      );
    },
    async userCodeConfirmSource(
      ctx: KoaContextWithOIDC,
      _form: string,
      client: { clientName?: string | undefined; clientId: string },
      _device: unknown,
      userCode: string,
    ) {
      pages.render(
        ctx,
        'authorization/device-confirm',
        {
          action: enginePaths.code_verification,
          xsrf: ctx.oidc.session?.state?.secret,
          userCode,
          applicationName: client.clientName ?? client.clientId,
        },
        { formAction: 'any' },
      );
    },
    async successSource(ctx: KoaContextWithOIDC) {
      pages.render(ctx, 'authorization/device-done', { applicationName: ctx.oidc.client?.clientName });
    },
  };

  return { renderError, logout, device };
}

/** Unknown, expired and used sound the same, so that nobody learns which codes are live. */
function describeUserCode(error: Error | undefined): Text | undefined {
  if (!error) return undefined;
  if (error.name === 'NoCodeError') return text('authorization.device.type');
  if (error.name === 'AbortedError') return text('authorization.device.cancelled');
  return text('authorization.device.notValid');
}
