/** How a person has proved who they are, as ID tokens tell it. */

/** Of RFC 8176: a password, a one-time code (of an app or for recovery), and that there was more than one factor. */
export type Method = 'pwd' | 'otp' | 'mfa';

export const PASSWORD_ACR = 'urn:latchkey:acr:password';
export const MFA_ACR = 'urn:latchkey:acr:mfa';

/** A sign-in of this browser: when it was made or last confirmed, and how. */
export interface SignIn {
  at: Date;
  methods: Method[];
}

export function acrOf(methods: readonly Method[]): string {
  return methods.includes('mfa') ? MFA_ACR : PASSWORD_ACR;
}
