/**
 * What people read, in their language. The texts are in texts/<language>.json, by feature; a key that is not there
 * does not compile, and in a view it stops the start. Functions that do not know who reads return a Text, which the
 * page turns into words; what a program or an operator reads (JSON, the log, the command line) is English.
 */
import { createInstance } from 'i18next';
import { type Language, languageTags } from './languages.js';
import de from './texts/de.json' with { type: 'json' };
import en from './texts/en.json' with { type: 'json' };
import es from './texts/es.json' with { type: 'json' };
import fr from './texts/fr.json' with { type: 'json' };
import ptBR from './texts/pt-BR.json' with { type: 'json' };

type WithoutPlural<Name extends string> = Name extends `${infer Base}_${'one' | 'other'}` ? Base : Name;
type Keys<Texts, Path extends string = ''> = {
  [Name in keyof Texts & string]: Texts[Name] extends string
    ? `${Path}${WithoutPlural<Name>}`
    : Keys<Texts[Name], `${Path}${Name}.`>;
}[keyof Texts & string];

/** As 'accounts.login.title'; a text with plural forms is named without their suffix. */
export type TextKey = Keys<typeof en>;

/** For the {{names}} of a text. `count` chooses the plural form; a Text is put into words first. */
export type TextValues = Record<string, string | number | Text>;

/** A text that is put into words later, by whoever knows the reader's language. */
export interface Text {
  key: TextKey;
  values?: TextValues | undefined;
}

/** Words of an operator, by language. */
export type Translations = { en: string } & Partial<Record<Language, string>>;

/** What may be told to a reader: a text of ours, or the words of somebody else, which a string gives as they stand. */
export type Sentence = Text | Translations | string;

export const text = (key: TextKey, values?: TextValues): Text => ({ key, values });

/** One language as views speak it. */
export interface Translator {
  language: Language;
  /** Plain text, to be escaped by the view. */
  t(key: TextKey, values?: TextValues): string;
  /** A text that holds elements, as HTML: the values are escaped, the text itself is ours. */
  html(key: TextKey, values?: TextValues): string;
  /** What a function has returned for the reader. */
  say(sentence: Sentence): string;
}

const i18n = createInstance();
i18n.init({
  initAsync: false,
  lng: 'en',
  // No language stands in for another: a missing text is a mistake, found by the tests.
  fallbackLng: false,
  load: 'currentOnly',
  nsSeparator: false,
  resources: {
    en: { translation: en },
    fr: { translation: fr },
    de: { translation: de },
    es: { translation: es },
    'pt-BR': { translation: ptBR },
  },
  parseMissingKeyHandler: (key) => {
    throw new Error(`There is no text ${key}`);
  },
  missingInterpolationHandler: (sentence, [name]) => {
    throw new Error(`Nothing was given for ${name} of the text "${sentence}"`);
  },
});

function translatorOf(language: Language): Translator {
  const translate = i18n.getFixedT(language);
  const inWords = (values: TextValues) =>
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, typeof value === 'object' ? say(value) : value]),
    );
  const fill = (key: TextKey, values: TextValues, escapeValue: boolean): string => {
    const count = typeof values.count === 'number' ? { count: values.count } : {};
    return translate(key, { replace: inWords(values), ...count, interpolation: { escapeValue } });
  };
  const say = (sentence: Sentence): string => {
    if (typeof sentence === 'string') return sentence;
    if ('key' in sentence) return fill(sentence.key, sentence.values ?? {}, false);
    return sentence[language] ?? sentence.en;
  };
  return {
    language,
    t: (key, values = {}) => fill(key, values, false),
    html: (key, values = {}) => fill(key, values, true),
    say,
  };
}

const translators = new Map(languageTags.map((language) => [language, translatorOf(language)]));

export function translatorFor(language: Language): Translator {
  return translators.get(language)!;
}

/** For JSON, the log and the command line. */
export const inEnglish = (sentence: Sentence): string => translatorFor('en').say(sentence);

export function isTextKey(key: string): key is TextKey {
  return i18n.exists(key) || i18n.exists(key, { count: 1 });
}
