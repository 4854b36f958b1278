import { deriveKey } from '../../secrets/derive-key.js';

/** 32 bytes each. */
export interface FactorKeys {
  /** Encrypts the seeds of authenticator apps. */
  seeds: Buffer;
  /** Of the HMAC over recovery codes. */
  codes: Buffer;
}

export function factorKeys(secretKey: string): FactorKeys {
  return { seeds: deriveKey(secretKey, 'totp seeds'), codes: deriveKey(secretKey, 'recovery codes') };
}
