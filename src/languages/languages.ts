/** The languages people may read, and which of them a list of language tags (BCP 47) means. */

/** In the order in which they are offered, each under its own name. */
export const LANGUAGES = {
  en: 'English',
  fr: 'Français',
  de: 'Deutsch',
  es: 'Español',
  'pt-BR': 'Português (Brasil)',
} as const;

export type Language = keyof typeof LANGUAGES;

export const languageTags = Object.keys(LANGUAGES) as Language[];

/** Dates are written as in Britain: of English, `en` alone would mean the United States. */
export const dateLocale = (language: Language): string => (language === 'en' ? 'en-GB' : language);

const primary = (tag: string): string => tag.toLowerCase().split(/[-_]/, 1)[0]!;

/**
 * The first of these tags that is one of our languages. Region counts for nothing: whoever asks for fr-CA or pt-PT is
 * better off with the French or Portuguese there is than with English.
 */
export function matchLanguage(tags: string[]): Language | undefined {
  for (const tag of tags) {
    const found = languageTags.find((language) => primary(language) === primary(tag));
    if (found) return found;
  }
  return undefined;
}
