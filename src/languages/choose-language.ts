/** Which language a page is written in. */
import type { Context } from 'koa';
import { type Language, matchLanguage } from './languages.js';

declare module 'koa' {
  interface DefaultState {
    /** The ui_locales of the sign-in that this page belongs to. */
    signInLocales?: string | undefined;
    /** The language the signed-in person has chosen: their claim `locale`. */
    ownLocale?: string | undefined;
  }
}

const COOKIE = 'latchkey_language';
const A_YEAR = 31_536_000;

const words = (value: unknown): string[] => (typeof value === 'string' ? value.split(' ') : []);

/**
 * What the application asks for comes first (ui_locales, OpenID Connect Core 3.1.2.1, in order of preference), then what
 * the person has chosen for themselves, or in this browser, then what the browser asks for.
 */
export function chooseLanguage(ctx: Context): Language {
  const { signInLocales, ownLocale } = ctx.state;
  return (
    matchLanguage(words(signInLocales ?? ctx.query.ui_locales)) ??
    matchLanguage(words(ownLocale)) ??
    matchLanguage(words(ctx.cookies.get(COOKIE))) ??
    matchLanguage(ctx.acceptsLanguages()) ??
    'en'
  );
}

/** Pages of this browser are in this language from now on, whoever is signed in. */
export function rememberLanguage(ctx: Context, language: Language, secure: boolean): void {
  const attributes = [
    'Path=/',
    `Max-Age=${A_YEAR}`,
    'HttpOnly',
    'SameSite=Lax',
    ...(secure ? ['Secure'] : []),
  ];
  ctx.append('Set-Cookie', `${COOKIE}=${language}; ${attributes.join('; ')}`);
}
