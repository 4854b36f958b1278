/** The texts themselves: complete in every language, and none that nobody reads. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type Language, languageTags } from '../../src/languages/languages.js';
import { isTextKey } from '../../src/languages/texts.js';
import { projectFolder } from '../../src/project-folder.js';

type Texts = { [name: string]: string | Texts };

function flatten(texts: Texts, path = ''): [string, string][] {
  return Object.entries(texts).flatMap(([name, value]) =>
    typeof value === 'string'
      ? [[path + name, value] as [string, string]]
      : flatten(value, `${path}${name}.`),
  );
}

function readTexts(language: Language): Map<string, string> {
  const file = join(projectFolder('src/languages/texts'), `${language}.json`);
  return new Map(flatten(JSON.parse(readFileSync(file, 'utf8'))));
}

const PLURAL = /_(zero|one|two|few|many|other)$/;
const withoutPlural = (key: string) => key.replace(PLURAL, '');
const texts = new Map(languageTags.map((language) => [language, readTexts(language)]));
const english = texts.get('en')!;
const keys = [...new Set([...english.keys()].map(withoutPlural))];
const pluralKeys = new Set([...english.keys()].filter((key) => PLURAL.test(key)).map(withoutPlural));

/** What has to be the same in every language: the values that are filled in, elements, and what is to be typed. */
const partsOf = (text: string) => [...new Set(text.match(/\{\{\w+\}\}|<[^>]+>|`[^`]+`/g))].sort();

describe.each(languageTags)('the texts in %s', (language) => {
  const own = texts.get(language)!;

  test('are complete, with the plural forms of the language', () => {
    const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    const wanted = keys.flatMap((key) =>
      pluralKeys.has(key) ? forms.map((form) => `${key}_${form}`) : [key],
    );
    expect([...own.keys()].sort()).toEqual(wanted.sort());
    for (const [key, text] of own) expect([key, text.trim()]).toEqual([key, text]);
    for (const [key, text] of own) expect([key, text]).not.toEqual([key, '']);
  });

  test('have the same values and elements as the English ones', () => {
    for (const [key, text] of own) {
      const original = english.get(key) ?? english.get(`${withoutPlural(key)}_other`)!;
      // "once" and "1 time" are as good as each other.
      const without = (parts: string[]) =>
        key.endsWith('_one') ? parts.filter((part) => part !== '{{count}}') : parts;
      expect([key, without(partsOf(text))]).toEqual([key, without(partsOf(original))]);
    }
  });

  test('hold no elements but those that shape a sentence', () => {
    for (const [key, text] of own) {
      const elements = [...text.matchAll(/<\/?([a-z]+)( [^>]*)?>/g)].map(([whole]) => whole);
      for (const element of elements)
        expect([key, element]).toEqual([
          key,
          expect.stringMatching(
            /^<(\/?(strong|code|a|time)|a href="\{\{\w+\}\}"|time datetime="\{\{\w+\}\}")>$/,
          ),
        ]);
    }
  });
});

// Whatever else reads the same as the English text was forgotten.
const SAME_WORDS: Record<string, string[]> = {
  fr: [
    'layout.applications',
    'accounts.wait.minutes_one',
    'accounts.wait.minutes_other',
    'authorization.device.code',
  ],
  de: [
    'home.start',
    'accounts.fields.name',
    'accounts.fields.region',
    'accounts.sessions.browser',
    'passkeys.one',
    'passkeys.several',
    'passkeys.fields.name',
    'authorization.device.code',
  ],
};

test.each(languageTags.filter((tag) => tag !== 'en'))('%s is no English', (language) => {
  const same = [...texts.get(language)!].filter(([key, text]) => english.get(key) === text);
  expect(same.map(([key]) => key).sort()).toEqual([...(SAME_WORDS[language] ?? [])].sort());
});

describe('the sources', () => {
  const read = (folder: string, extension: string) =>
    readdirSync(projectFolder(folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith(extension))
      .map((name) => readFileSync(join(projectFolder(folder), name), 'utf8'))
      .join('\n');
  const views = read('views', '.ejs');
  const sources = read('src', '.ts');

  test('use every text', () => {
    const quoted = new Set([...`${views}${sources}`.matchAll(/'([\w.]+)'/g)].map(([, name]) => name));
    expect(keys.filter((key) => !quoted.has(key))).toEqual([]);
  });

  test('name only texts that exist', () => {
    const used = [...views.matchAll(/\b(?:t|html)\('([^']*)'/g)].map(([, key]) => key!);
    expect(used.length).toBeGreaterThan(20);
    expect(used.filter((key) => !isTextKey(key))).toEqual([]);
  });

  test('say nothing in English alone but to developers and operators', () => {
    const folder = projectFolder('src');
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
      // The portal is for developers, as are their wrong requests; the rest is for operators.
      (name) =>
        name.endsWith('.ts') &&
        !/^(administration\/|applications\/|cli\/|moving-in\/|(account-api|json-api|secret-scanning)\/wrong-requests|applications-api\/require-token|accounts\/manage-groups|engine\/keys\/key-rotation)/.test(
          name,
        ),
    );
    const found = files.flatMap((name) => {
      const calls = readFileSync(join(folder, name), 'utf8').matchAll(
        /(new AppError\([^;]*?;)|(hint: ['`][A-Z].*)/g,
      );
      const inEnglish = [...calls].filter(([call]) => /^hint|, *\s*['`][A-Z]/.test(call));
      return inEnglish.map(([call]) => `${name}: ${call}`);
    });
    expect(found).toEqual([]);
  });

  test('show a text as HTML exactly if it holds elements', () => {
    const asHtml = new Set([...views.matchAll(/\bhtml\('([^']*)'/g)].map(([, key]) => key!));
    const withElements = keys.filter((key) =>
      (english.get(key) ?? english.get(`${key}_other`)!).includes('<'),
    );
    expect([...asHtml].sort()).toEqual(withElements.sort());
  });
});
