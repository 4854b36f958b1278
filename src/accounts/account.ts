/** A person's account, and the names it can be found by. */

/** The optional claims of OpenID Connect Core 5.1 that a person may fill in, under their wire names. */
export interface StandardClaims {
  middle_name?: string;
  nickname?: string;
  profile?: string;
  picture?: string;
  website?: string;
  gender?: string;
  birthdate?: string;
  zoneinfo?: string;
  locale?: string;
  phone_number?: string;
  address?: AddressClaim;
}

export interface AddressClaim {
  street_address?: string;
  locality?: string;
  region?: string;
  postal_code?: string;
  country?: string;
}

export interface Account {
  id: number;
  username: string;
  email: string;
  emailVerifiedAt: Date | null;
  firstName: string;
  lastName: string;
  /** null: the account cannot sign in with a password. */
  passwordHash: string | null;
  isSuperuser: boolean;
  disabledAt: Date | null;
  claims: StandardClaims;
  /** Counts how often all access was ended (access-epoch.ts). */
  accessEpoch: number;
  /** Counts the passwords; the same one hashed anew is no other. */
  passwordEpoch: number;
  createdAt: Date;
  updatedAt: Date;
}

/** Composed and full-width letters become plain ones, so that two names that look alike are one (Unicode NFKC). */
export function normalizeUsername(username: string): string {
  return username.normalize('NFKC').trim();
}
