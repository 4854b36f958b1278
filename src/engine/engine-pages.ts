/** The pages the engine shows by itself (errors, sign-out, device codes), from views/ like all others. */
import { type Configuration, errors, type KoaContextWithOIDC } from 'oidc-provider';
import { recoverInteraction } from '../authorization/recover.js';
import type { Database } from '../database/database.js';
import { csrfFailed } from '../http/csrf.js';
import { AppError } from '../http/errors.js';
import type { Pages } from '../http/pages.js';
import { WRONG_USER_CODE_STATUS } from './user-code-throttle.js';

interface Explanation {
  message: string;
  hint: string;
}

const BACK = 'Go back to the application and try again; if it happens again, tell the people who run it.';

const EXPLANATIONS: Record<string, Explanation> = {
  invalid_client: {
    message: 'The application that sent you here is not known to this server.',
    hint: 'Its client_id is wrong, or it has been removed. Tell the people who run the application.',
  },
  invalid_redirect_uri: {
    message: 'The application asked to send you to an address it has not registered.',
    hint: 'For its developer: redirect_uri must be exactly one of the redirect URIs registered for this client_id.',
  },
  invalid_token: { message: 'The access token is not valid.', hint: BACK },
};

/** What the engine says of a sign-out or device form whose token is not the one it made for this browser. */
const WRONG_FORM_TOKEN = 'xsrf token invalid';

function explain(out: { error: string; error_description?: string | undefined }): Explanation {
  return (
    EXPLANATIONS[out.error] ?? {
      message: 'The application sent you here with a request this server cannot answer.',
      hint: `For its developer: ${out.error}${out.error_description ? `, ${out.error_description}` : ''}. ${BACK}`,
    }
  );
}

export function enginePages(database: Database, pages: Pages) {
  const renderError: NonNullable<Configuration['renderError']> = async (ctx, out, error) => {
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
          action: '/o/logout/confirm',
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
          action: '/o/device',
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
          action: '/o/device',
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
function describeUserCode(error: Error | undefined): string | undefined {
  if (!error) return undefined;
  if (error.name === 'NoCodeError') return 'Type the code that your device shows.';
  if (error.name === 'AbortedError') return 'The sign-in was cancelled. Your device has been told.';
  return 'This code is not valid. Check it against your device, or ask the device for a new one.';
}
