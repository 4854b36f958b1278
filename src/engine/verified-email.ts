import { interactionPolicy } from 'oidc-provider';
import type { Config } from '../config/config.js';

/**
 * EMAIL_VERIFICATION=required: no application is told who somebody is, by whatever way they are signed in, before their
 * address is confirmed. The page of the sign-in leads to where that is done (src/authorization/routes.ts). The account is
 * the one the engine has loaded: nothing more is asked of the database.
 */
export const EMAIL_NOT_VERIFIED = 'email_not_verified';

export function requireVerifiedEmail(
  policy: interactionPolicy.DefaultPolicy,
  { emailVerification }: Pick<Config, 'emailVerification'>,
): interactionPolicy.DefaultPolicy {
  if (emailVerification !== 'required') return policy;
  const { Check } = interactionPolicy;
  const check = new Check(EMAIL_NOT_VERIFIED, 'the email address is not verified', ({ oidc }) =>
    oidc.account && !oidc.account.hasVerifiedEmail ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT,
  );
  policy.get('login')?.checks.add(check);
  return policy;
}
