/** The form of the profile page: what it shows of an account, and the changes it stands for. */
import { z } from 'zod';
import type { Account, AddressClaim, StandardClaims } from './account.js';
import { addressFields, claimFields, identityFields } from './account-fields.js';

// The email address has a page of its own (email-addresses): it changes only once it is confirmed.
const { email: _email, ...names } = identityFields;
export const profileSchema = z.object({ ...names, ...claimFields, ...addressFields });

export type Profile = z.infer<typeof profileSchema>;

export const PROFILE_FIELDS = Object.keys(profileSchema.shape) as (keyof Profile)[];

export function profileOf({ username, firstName, lastName, claims }: Account): Partial<Profile> {
  const { address, ...others } = claims;
  return { username, first_name: firstName, last_name: lastName, ...others, ...address };
}

function filledIn<T extends Record<string, unknown>>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== '')) as Partial<T>;
}

function pick<K extends keyof Profile>(profile: Profile, names: K[]): Pick<Profile, K> {
  return Object.fromEntries(names.map((name) => [name, profile[name]])) as Pick<Profile, K>;
}

/** An empty field is a claim that is not made. */
export function claimsFrom(profile: Profile): StandardClaims {
  const claims: StandardClaims = filledIn(
    pick(profile, Object.keys(claimFields) as (keyof typeof claimFields)[]),
  );
  const address: AddressClaim = filledIn(
    pick(profile, Object.keys(addressFields) as (keyof typeof addressFields)[]),
  );
  return Object.keys(address).length ? { ...claims, address } : claims;
}
