/**
 * When an authorization request has to ask somebody anything: the engine's policy, but for `acr`, of which it would ask
 * again for ever for what nobody can give. Read from the session alone, so that a request of somebody who is signed in
 * well enough costs nothing more.
 */
import { errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import { MFA_ACR, PASSWORD_ACR, PHISHING_RESISTANT_ACR } from '../accounts/authentication.js';
import type { Config } from '../config/config.js';

/** Reasons of a `login` prompt: the application asks for more than this sign-in was made with. */
export const FACTOR_REQUIRED = 'factor_required';
const PASSKEY_REQUIRED = 'passkey_required';
/** Where EMAIL_VERIFICATION is required: no application is told who somebody is before their address is confirmed. */
export const EMAIL_NOT_VERIFIED = 'email_not_verified';

/** From weak to strong: each is good for a client that asks for one before it. */
const LADDER: unknown[] = [PASSWORD_ACR, MFA_ACR, PHISHING_RESISTANT_ACR];

interface RequestedAcr {
  essential?: unknown;
  value?: unknown;
  values?: unknown;
}

/** From claims.id_token.acr, where the engine has put acr_values as well. */
function requestedAcr({ oidc }: KoaContextWithOIDC): { values: unknown[]; isEssential: boolean } {
  const { id_token: idToken } = oidc.claims as { id_token?: { acr?: RequestedAcr | null } | null };
  const { essential, value, values = [] } = idToken?.acr ?? {};
  if (!Array.isArray(values)) throw new errors.InvalidRequest('invalid claims.id_token.acr.values type');
  return { values: value === undefined ? values : [value, ...values], isEssential: Boolean(essential) };
}

/**
 * RFC 9470 5: what acr_values names is required where it can be given at all; of several each will do. An essential acr
 * that is none of ours cannot be met (OpenID Connect Core 5.5.1.1), others that are none of ours are wishes.
 * @returns where on the ladder the client wants the person to stand; -1 when it does not say
 */
function wantedRung(ctx: KoaContextWithOIDC): number {
  const { values, isEssential } = requestedAcr(ctx);
  const rungs = values.map((value) => LADDER.indexOf(value)).filter((rung) => rung >= 0);
  if (rungs.length) return Math.min(...rungs);
  if (values.length && isEssential) {
    throw new errors.UnmetAuthenticationRequirements('this server has none of the requested acr values');
  }
  return -1;
}

type IsDue = (ctx: KoaContextWithOIDC) => Promise<boolean>;

/**
 * Whether the client wants this acr, or more, and the sign-in was made with less, or is about to be replaced: by a password
 * alone the next one would be less, and the client be refused what the person can give.
 * @param isSignInDue for another reason
 */
const isBelow = (acr: string, isSignInDue: IsDue) => async (ctx: KoaContextWithOIDC) => {
  const rung = LADDER.indexOf(acr);
  const { session, result } = ctx.oidc;
  if (wantedRung(ctx) < rung) return false;
  if (LADDER.indexOf(session?.acr) >= rung) return isSignInDue(ctx);
  // Who has just signed in as well as they can would be asked for ever.
  if (result?.login) throw new errors.UnmetAuthenticationRequirements('the person could not do more');
  return true;
};

/** The account is the one that the engine has loaded. */
const isEmailNotVerified = ({ oidc: { account } }: KoaContextWithOIDC): boolean =>
  account !== undefined && !account.hasVerifiedEmail;

export function createInteractionPolicy({
  emailVerification,
}: Pick<Config, 'emailVerification'>): interactionPolicy.DefaultPolicy {
  const policy = interactionPolicy.base();
  const { checks } = policy.get('login')!;
  checks.remove('essential_acrs');
  checks.remove('essential_acr');
  const { Check } = interactionPolicy;
  const others = [...checks];
  const isSignInDue: IsDue = async (ctx) => {
    for (const { check } of others) if (await check(ctx)) return true;
    return false;
  };
  // The error is for prompt=none.
  const error = 'login_required';
  checks.add(new Check(FACTOR_REQUIRED, 'a second factor is required', error, isBelow(MFA_ACR, isSignInDue)));
  checks.add(
    new Check(PASSKEY_REQUIRED, 'a passkey is required', error, isBelow(PHISHING_RESISTANT_ACR, isSignInDue)),
  );
  if (emailVerification === 'required')
    checks.add(new Check(EMAIL_NOT_VERIFIED, 'the email address is not verified', error, isEmailNotVerified));
  return policy;
}
