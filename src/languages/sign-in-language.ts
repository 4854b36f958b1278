/**
 * The language an application asks for (ui_locales) holds for every page of its sign-in: the pages below /interaction,
 * and those whose way on (`next`) leads back there. It is read from the request as it is stored.
 */
import type { Context, Middleware } from 'koa';
import type {} from 'koa-bodyparser'; // gives ctx.request its body
import type { Database } from '../database/database.js';
import { findInteraction, setInteractionLocales } from '../engine/storage/sessions-store.js';
import type { Language } from './languages.js';

// Only there to complete a path.
const HERE = 'http://here.invalid';

// Anybody can send a `next` within a `next`, thousands deep: ours are short, and lead back within two steps.
const LONGEST = 4096;
const STEPS = 2;

/** The sign-in a path of ours belongs to, by itself or by its parameter `next`. */
function findSignInId(address: unknown, steps = STEPS): string | undefined {
  if (typeof address !== 'string' || address.length > LONGEST) return undefined;
  if (!URL.canParse(address, HERE)) return undefined;
  const { pathname, searchParams } = new URL(address, HERE);
  const [, id] = /^\/interaction\/([\w-]+)/.exec(pathname) ?? [];
  const next = searchParams.get('next');
  return id ?? (next && steps > 0 ? findSignInId(next, steps - 1) : undefined);
}

function signInIdOf(ctx: Context): string | undefined {
  const { next } = (ctx.request.body ?? {}) as { next?: unknown };
  return findSignInId(ctx.originalUrl) ?? findSignInId(next);
}

export function languageOfSignIn(database: Database): Middleware {
  return async (ctx, next) => {
    const id = signInIdOf(ctx as Context);
    const interaction = id && (await findInteraction(database, id, new Date()));
    if (interaction) {
      const { params } = interaction.details as { params?: { ui_locales?: string } };
      ctx.state.signInLocales = params?.ui_locales;
    }
    await next();
  };
}

/** Whoever chooses a language in the middle of a sign-in wants it there, whatever the application has asked for. */
export async function setLanguageOfSignIn(
  database: Database,
  page: string,
  language: Language,
): Promise<void> {
  const id = findSignInId(page);
  if (id) await setInteractionLocales(database, id, language);
}
