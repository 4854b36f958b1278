/** What an application says of itself: its name, what it is, and whom to ask. */
import { isEmailAddress } from '../../accounts/account-fields.js';
import { quote } from './quote.js';
import type { Checking } from './rules.js';

const MAX_NAME_LENGTH = 150;
const MAX_DESCRIPTION_LENGTH = 1000;
const MAX_CONTACTS = 10;

// The name is what people know an application by on the consent page. Characters that cannot be seen, or turn the
// direction of the text, make one name look like another. The price is an emoji or a Persian word that is joined by one of them.
const UNSEEN = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\u2028\u2029]/u;
// U+2800 is braille without a dot: a sign that looks like a space.
const SEEN = /(?!\u2800)[\p{L}\p{N}\p{P}\p{S}]/u;

export function checkName({ input, current, errors }: Checking): string {
  const name = (input.name ?? current?.name ?? '').trim();
  if (!name) errors.name = 'Give the application a name.';
  else if ([...name].length > MAX_NAME_LENGTH) errors.name = `Use at most ${MAX_NAME_LENGTH} characters.`;
  else if (UNSEEN.test(name) || !SEEN.test(name)) errors.name = 'Use visible characters only.';
  return name;
}

export function checkDescription({ input, current, errors }: Checking): string {
  const description = (input.description ?? current?.description ?? '').replaceAll('\r\n', '\n').trim();
  if ([...description].length > MAX_DESCRIPTION_LENGTH)
    errors.description = `Use at most ${MAX_DESCRIPTION_LENGTH} characters.`;
  else if (/(?!\n)\p{Cc}|\p{Bidi_Control}/u.test(description))
    errors.description = 'Use visible characters only.';
  return description;
}

export function checkContacts({ input, current, errors }: Checking): string[] {
  const contacts = [...new Set(input.contacts ?? current?.contacts)];
  const wrong = contacts.filter((contact) => !isEmailAddress(contact));
  if (contacts.length > MAX_CONTACTS) errors.contacts = `List at most ${MAX_CONTACTS} addresses.`;
  else if (wrong.length)
    errors.contacts = wrong.map((contact) => `${quote(contact)} is not an email address.`).join('\n');
  return contacts;
}
