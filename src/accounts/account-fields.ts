/** The rules of what a person may enter about themselves, one schema per field, named as in the forms. */
import { z } from 'zod';
import { line } from '../http/form-input.js';
import { normalizeUsername } from './account.js';

// Django's: letters and digits of any script, and @ . + - _ ; but no letter that cannot be seen, as U+1160.
const USERNAME = /^(?:(?!\p{Default_Ignorable_Code_Point})[\p{L}\p{N}@.+_-])+$/u;
const LONGEST_USERNAME = 150;

// U+0430, the Cyrillic a, in a Latin name makes it the name of somebody else to the eye.
const LOOKALIKE_SCRIPTS = [/\p{Script=Latin}/u, /\p{Script=Greek}/u, /\p{Script=Cyrillic}/u];

// As much as HTML's type=email asks, and a domain with a dot or a single label (root@localhost is an address).
const EMAIL =
  /^[\p{L}\p{N}.!#$%&'*+/=?^_`{|}~-]+@[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?(?:\.[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?)*$/u;

const username = z
  .string({ error: 'Choose a username.' })
  .transform(normalizeUsername)
  .refine((name) => name !== '', { error: 'Choose a username.', abort: true })
  .refine((name) => name.length <= LONGEST_USERNAME, {
    error: `A username may have at most ${LONGEST_USERNAME} characters.`,
    abort: true,
  })
  .refine((name) => USERNAME.test(name), {
    error: 'A username may contain letters, digits and @ . + - _ but no spaces or other characters.',
    abort: true,
  })
  .refine((name) => LOOKALIKE_SCRIPTS.filter((script) => script.test(name)).length <= 1, {
    error: 'A username may not mix Latin, Greek and Cyrillic letters, since some of them look the same.',
  });

const email = line({ label: 'The email address', max: 254, required: true }).refine(
  (text) => EMAIL.test(text),
  {
    error: 'This is not an email address. It should look like name@example.com.',
  },
);

const webAddress = (label: string) =>
  line({ label, max: 500 }).refine((text) => text === '' || isWebAddress(text), {
    error: `${label} must be a web address that starts with https:// or http://.`,
  });

function isWebAddress(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text);
}

function isTimeZone(text: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return /\//.test(text) || text === 'UTC';
  } catch {
    return false;
  }
}

function isLanguageTag(text: string): boolean {
  try {
    return Intl.getCanonicalLocales(text).length === 1;
  } catch {
    return false;
  }
}

/** OpenID Connect Core 5.1: YYYY-MM-DD, YYYY alone, or 0000-MM-DD when the year is not told. */
function isBirthdate(text: string): boolean {
  if (/^\d{4}$/.test(text)) return text !== '0000';
  const [, year, monthAndDay] = text.match(/^(\d{4})-(\d\d-\d\d)$/) ?? [];
  if (!year) return false;
  // 2000 is a leap year: 29 February is a birthday in an untold year.
  const date = new Date(`${year === '0000' ? '2000' : year}-${monthAndDay}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().slice(5, 10) === monthAndDay;
}

/** Joiners and marks that scripts are written with stay; what turns the direction of the whole line disguises a name. */
const personName = (label: string) =>
  line({ label, max: 150 }).refine((text) => !/[\u2028\u2029\u202a-\u202e\u2066-\u2069]/.test(text), {
    error: `${label} may not contain characters that break the line or turn the direction of the text.`,
  });

export const identityFields = {
  username,
  email,
  first_name: personName('The first name'),
  last_name: personName('The last name'),
};

/** All optional; '' means that nothing is told. */
export const claimFields = {
  middle_name: personName('The middle name'),
  nickname: personName('The nickname'),
  profile: webAddress('The profile page'),
  picture: webAddress('The picture'),
  website: webAddress('The website'),
  gender: line({ label: 'The gender', max: 100 }),
  birthdate: line({ label: 'The date of birth', max: 10 }).refine(
    (text) => text === '' || isBirthdate(text),
    {
      error: 'Write the date of birth as year-month-day, such as 1984-06-24.',
    },
  ),
  zoneinfo: line({ label: 'The time zone', max: 100 }).refine((text) => text === '' || isTimeZone(text), {
    error: 'Write the time zone as region and city, such as Europe/Paris.',
  }),
  locale: line({ label: 'The language', max: 35 }).refine((text) => text === '' || isLanguageTag(text), {
    error: 'Write the language as a code such as en, fr-CA or pt-BR.',
  }),
  phone_number: line({ label: 'The phone number', max: 40 }).refine(
    (text) => text === '' || /^\+?[\d ().-]{4,}(;?ext=?\.?\s?\d+)?$/.test(text),
    { error: 'Write the phone number with its country code, such as +44 20 7946 0000.' },
  ),
};

export const addressFields = {
  street_address: z
    .string({ error: 'The street address must be text.' })
    .default('')
    .transform((text) => text.replaceAll('\r\n', '\n').trim())
    .refine((text) => text.length <= 500, { error: 'The street address may have at most 500 characters.' })
    .refine((text) => !/[^\P{Cc}\n]/u.test(text), {
      error: 'The street address may not contain control characters.',
    }),
  locality: line({ label: 'The town', max: 150 }),
  region: line({ label: 'The region', max: 150 }),
  postal_code: line({ label: 'The postal code', max: 40 }),
  country: line({ label: 'The country', max: 150 }),
};
