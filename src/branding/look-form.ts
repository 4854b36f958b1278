/** What the form of an application's look holds, as something that may be stored or as a sentence per field. */
import type { FieldErrors } from '../http/errors.js';
import type { ApplicationLook } from './application-looks.js';
import { readColor } from './colors.js';
import { type Picture, readPicture } from './picture.js';

type Links = Pick<ApplicationLook, 'homeUri' | 'termsUri' | 'policyUri'>;

/** As typed, under the names of the fields. */
export type LookValues = Record<'color' | 'home_uri' | 'terms_uri' | 'policy_uri', string>;

export type CheckedLook =
  | { look: Omit<ApplicationLook, 'logoUrl'>; logo: Picture | null | undefined; errors?: undefined }
  | { look?: undefined; errors: FieldErrors };

const MAX_URI_LENGTH = 500;

const textOf = (value: unknown): string => (typeof value === 'string' ? value.trim() : '');

export function readLookForm(body: Record<string, unknown>): LookValues {
  return {
    color: textOf(body.color),
    home_uri: textOf(body.home_uri),
    terms_uri: textOf(body.terms_uri),
    policy_uri: textOf(body.policy_uri),
  };
}

export function fillLookForm(look: ApplicationLook): LookValues {
  return {
    color: look.color ?? '',
    home_uri: look.homeUri ?? '',
    terms_uri: look.termsUri ?? '',
    policy_uri: look.policyUri ?? '',
  };
}

/** A page of the web that people can open; another scheme would run in this page or leave the browser. */
function isWebPage(value: string): boolean {
  if (value.length > MAX_URI_LENGTH || /[\s\p{C}\\]/u.test(value) || !URL.canParse(value)) return false;
  const { protocol, username, password } = new URL(value);
  return /^https?:\/\//i.test(value) && ['http:', 'https:'].includes(protocol) && !username && !password;
}

/** @param upload the file that came along; empty when none was chosen */
export function checkLook(
  values: LookValues,
  { upload, removesLogo }: { upload: Buffer | undefined; removesLogo: boolean },
): CheckedLook {
  const errors: FieldErrors = {};
  const color = values.color ? readColor(values.color) : undefined;
  if (values.color && !color)
    errors.color = 'Give a colour such as #0e5a4b, or nothing for that of the server.';

  const links: Links = {
    homeUri: values.home_uri || null,
    termsUri: values.terms_uri || null,
    policyUri: values.policy_uri || null,
  };
  for (const name of ['home_uri', 'terms_uri', 'policy_uri'] as const) {
    if (values[name] && !isWebPage(values[name]))
      errors[name] =
        `Give the address of a page, such as https://example.com, of at most ${MAX_URI_LENGTH} characters.`;
  }

  const read = upload?.length ? readPicture(upload) : undefined;
  if (read && 'problem' in read) errors.logo = `The logo must ${read.problem}.`;
  if (Object.keys(errors).length) return { errors };
  const picture = read && 'picture' in read ? read.picture : undefined;
  return { look: { color: color ?? null, ...links }, logo: picture ?? (removesLogo ? null : undefined) };
}
