/** The rules of what a person may enter about themselves, one schema per field, named as in the forms. */
import { z } from 'zod';
import { line, refusal } from '../http/form-input.js';
import { type Text, text } from '../languages/texts.js';
import { normalizeUsername } from './account.js';

// Django's: letters and digits of any script, and @ . + - _ ; but no letter that cannot be seen, as U+1160.
const USERNAME = /^(?:(?!\p{Default_Ignorable_Code_Point})[\p{L}\p{N}@.+_-])+$/u;
const LONGEST_USERNAME = 150;

// U+0430, the Cyrillic a, in a Latin name makes it the name of somebody else to the eye.
const LOOKALIKE_SCRIPTS = [/\p{Script=Latin}/u, /\p{Script=Greek}/u, /\p{Script=Cyrillic}/u];

const LONGEST_EMAIL = 254;
// As much as HTML's type=email asks, and a domain with a dot or a single label (root@localhost is an address).
const EMAIL =
  /^[\p{L}\p{N}.!#$%&'*+/=?^_`{|}~-]+@[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?(?:\.[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?)*$/u;

/** Whether something may be somebody's address; whether it is, only a mail tells. */
export const isEmailAddress = (text: string): boolean => text.length <= LONGEST_EMAIL && EMAIL.test(text);

const username = z
  .string(refusal('accounts.refused.usernameMissing'))
  .transform(normalizeUsername)
  .refine((name) => name !== '', { ...refusal('accounts.refused.usernameMissing'), abort: true })
  .refine((name) => name.length <= LONGEST_USERNAME, {
    ...refusal('accounts.refused.usernameTooLong', { max: LONGEST_USERNAME }),
    abort: true,
  })
  .refine((name) => USERNAME.test(name), {
    ...refusal('accounts.refused.usernameCharacters'),
    abort: true,
  })
  .refine(
    (name) => LOOKALIKE_SCRIPTS.filter((script) => script.test(name)).length <= 1,
    refusal('accounts.refused.usernameScripts'),
  );

/** Whoever took somebody else's address for a name would stand in the way when its owner signs in with it. */
export const isForeignAddress = (username: string, ownEmail: string): boolean =>
  EMAIL.test(username) && username.toLowerCase() !== ownEmail.toLowerCase();

const email = line({ label: text('accounts.subjects.email'), max: LONGEST_EMAIL, required: true }).refine(
  (address) => EMAIL.test(address),
  refusal('accounts.refused.email'),
);

const webAddress = (label: Text) =>
  line({ label, max: 500 }).refine(
    (address) => address === '' || isWebAddress(address),
    refusal('accounts.refused.webAddress', { label }),
  );

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
const personName = (label: Text) =>
  line({ label, max: 150 }).refine(
    (name) => !/[\u2028\u2029\u202a-\u202e\u2066-\u2069]/.test(name),
    refusal('accounts.refused.direction', { label }),
  );

export const identityFields = {
  username,
  email,
  first_name: personName(text('accounts.subjects.firstName')),
  last_name: personName(text('accounts.subjects.lastName')),
};

/** All optional; '' means that nothing is told. */
export const claimFields = {
  middle_name: personName(text('accounts.subjects.middleName')),
  nickname: personName(text('accounts.subjects.nickname')),
  profile: webAddress(text('accounts.subjects.profile')),
  picture: webAddress(text('accounts.subjects.picture')),
  website: webAddress(text('accounts.subjects.website')),
  gender: line({ label: text('accounts.subjects.gender'), max: 100 }),
  birthdate: line({ label: text('accounts.subjects.birthdate'), max: 10 }).refine(
    (date) => date === '' || isBirthdate(date),
    refusal('accounts.refused.birthdate'),
  ),
  zoneinfo: line({ label: text('accounts.subjects.zoneinfo'), max: 100 }).refine(
    (zone) => zone === '' || isTimeZone(zone),
    refusal('accounts.refused.zoneinfo'),
  ),
  locale: line({ label: text('accounts.subjects.locale'), max: 35 }).refine(
    (tag) => tag === '' || isLanguageTag(tag),
    refusal('accounts.refused.locale'),
  ),
  phone_number: line({ label: text('accounts.subjects.phoneNumber'), max: 40 }).refine(
    (number) => number === '' || /^\+?[\d ().-]{4,}(;?ext=?\.?\s?\d+)?$/.test(number),
    refusal('accounts.refused.phoneNumber'),
  ),
};

const streetAddress = text('accounts.subjects.streetAddress');

export const addressFields = {
  street_address: z
    .string(refusal('forms.mustBeText'))
    .default('')
    .transform((address) => address.replaceAll('\r\n', '\n').trim())
    .refine((address) => address.length <= 500, refusal('forms.tooLong', { label: streetAddress, max: 500 }))
    .refine((address) => !/[^\P{Cc}\n]/u.test(address), refusal('accounts.refused.streetAddressCharacters')),
  locality: line({ label: text('accounts.subjects.locality'), max: 150 }),
  region: line({ label: text('accounts.subjects.region'), max: 150 }),
  postal_code: line({ label: text('accounts.subjects.postalCode'), max: 40 }),
  country: line({ label: text('accounts.subjects.country'), max: 150 }),
};
