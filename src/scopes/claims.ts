/** What each scope tells about a person (OpenID Connect Core 5.4), and the values from an account. */
import { numericDate } from '../tokens/numeric-date.js';
import type { Holder } from '../tokens/records.js';

export const claimsByScope: Record<string, string[]> = {
  // How somebody signed in, which ID tokens always tell; userinfo has no sign-in to speak of.
  openid: ['sub', 'acr', 'amr'],
  profile: [
    'name',
    'family_name',
    'given_name',
    'middle_name',
    'nickname',
    'preferred_username',
    'profile',
    'picture',
    'website',
    'gender',
    'birthdate',
    'zoneinfo',
    'locale',
    'updated_at',
  ],
  email: ['email', 'email_verified'],
  phone: ['phone_number', 'phone_number_verified'],
  address: ['address'],
  groups: ['groups'],
};

/** Every claim of an account; one without a value is left out (Core 5.3.2). The engine picks those that were granted. */
export function claimsOf(holder: Holder, groups: string[]): Record<string, unknown> {
  const { address, phone_number: phoneNumber, ...profile } = holder.claims;
  const name = [holder.firstName, holder.lastName].filter(Boolean).join(' ');
  const claims: Record<string, unknown> = {
    ...profile,
    name: name || holder.username,
    given_name: holder.firstName || undefined,
    family_name: holder.lastName || undefined,
    preferred_username: holder.username,
    updated_at: numericDate(holder.updatedAt),
    email: holder.email || undefined,
    email_verified: holder.email ? holder.emailVerifiedAt !== null : undefined,
    phone_number: phoneNumber,
    // Nobody has checked it, and a claim must be truthful.
    phone_number_verified: phoneNumber ? false : undefined,
    address,
    groups,
  };
  return Object.fromEntries(
    Object.entries(claims).filter(([, value]) => value !== undefined && value !== ''),
  );
}
