/** How a person has proved who they are, as ID tokens tell it. */

/**
 * Of RFC 8176: a password, a one-time code (of an app or for recovery), a passkey of one device or of several (whose
 * owner was there), and that there was more than one factor.
 */
export type Method = 'pwd' | 'otp' | 'hwk' | 'swk' | 'user' | 'mfa';

export const PASSWORD_ACR = 'urn:latchkey:acr:password';
export const MFA_ACR = 'urn:latchkey:acr:mfa';
/** A passkey, alone or after a password; the name is that of OpenID Connect EAP ACR Values 1.0. */
export const PHISHING_RESISTANT_ACR = 'phr';

/** A sign-in of this browser: when it was made or last confirmed, and how. */
export interface SignIn {
  at: Date;
  methods: Method[];
  /** There is a second factor, and it was not shown: the browser is remembered, or the factor is newer than the sign-in. */
  lacksFactor: boolean;
}

export function acrOf(methods: readonly Method[]): string {
  if (methods.includes('mfa') && (methods.includes('hwk') || methods.includes('swk')))
    return PHISHING_RESISTANT_ACR;
  return methods.includes('mfa') ? MFA_ACR : PASSWORD_ACR;
}
