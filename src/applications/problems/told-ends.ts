/** Why a sign-in does not stand any more, as an application's owner may know it: by whom in general, and when. */
import type { EndOfGrant } from '../../audit/find-end-of-grant.js';
import { moment } from './cause.js';

const WORDS: Partial<Record<EndOfGrant['event'], string>> = {
  'consent.revoked': 'The person took back what they had allowed this application',
  'token.revoked': 'Your application revoked a token of this person',
  'code.replayed': 'A code of this sign-in was used twice, which revokes the tokens it gave',
  'refresh.reuse_detected': 'A refresh token of this sign-in was used twice, which revokes all of it',
  'password.reset': 'The person replaced a password that somebody may have known',
  'account.signed_out': 'The person was signed out everywhere',
  'account.disabled': 'The account was disabled',
  'account.deletion_asked': 'The person is deleting their account',
  'account.deleted': 'The account was deleted',
  'impersonation.ended': 'Somebody who acted for the person stopped',
};

const NOT_KNOWN =
  'It was ended by the person, by your application, by a second use of a code or refresh token, or the account is disabled.';

export interface EndFacts {
  [name: string]: string;
  ended: string;
  endedAt: string;
}

export function endFacts(end: EndOfGrant | undefined): EndFacts {
  return { ended: end?.event ?? '', endedAt: end?.at.toISOString() ?? '' };
}

/** A sentence. */
export function tellEnd({ ended, endedAt }: EndFacts): string {
  const words = WORDS[ended as EndOfGrant['event']];
  return words ? `${words}, at ${moment(endedAt)}.` : NOT_KNOWN;
}
