/**
 * An authenticator in software, with the browser around it, that can be told to lie: to sign for another origin, an old
 * challenge, or with a counter that goes back. A real browser cannot be made to do that.
 */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server';
import { isoCBOR } from '@simplewebauthn/server/helpers';

/** What the authenticator and the browser claim in place of the truth. */
export interface Claims {
  origin?: string;
  rpId?: string;
  challenge?: string;
  type?: string;
  credentialId?: string;
  userHandle?: string | undefined;
  isUserVerified?: boolean;
  signCount?: number;
  /** Of another authenticator: signs with a key that is not the registered one. */
  signWith?: KeyObject;
}

export interface SoftwarePasskey {
  credentialId: string;
  userHandle: string;
  privateKey: KeyObject;
  /** Of the last signature; each counts one more, unless it is 0 for ever. */
  signCount: number;
}

const USER_PRESENT = 0x01;
const USER_VERIFIED = 0x04;
const HAS_CREDENTIAL = 0x40;

const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest();

function clientData(type: string, challenge: string, origin: string): Buffer {
  return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
}

/** WebAuthn 6.1: hash of the RP ID, flags, counter, and when there is a new credential, that. */
function authenticatorData(
  rpId: string,
  flags: number,
  signCount: number,
  credential = Buffer.alloc(0),
): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(flags);
  head.writeUInt32BE(signCount, 1);
  return Buffer.concat([sha256(rpId), head, credential]);
}

/** RFC 9053: an ES256 key, as the numbers of COSE have it. */
function coseKey(publicKey: KeyObject): Buffer {
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const entries: [number, number | Uint8Array<ArrayBuffer>][] = [
    [1, 2],
    [3, -7],
    [-1, 1],
    [-2, new Uint8Array(Buffer.from(x, 'base64url'))],
    [-3, new Uint8Array(Buffer.from(y, 'base64url'))],
  ];
  return Buffer.from(isoCBOR.encode(new Map(entries)));
}

export function makePasskey(
  options: PublicKeyCredentialCreationOptionsJSON,
  origin: string,
  claims: Claims = {},
): { passkey: SoftwarePasskey; answer: RegistrationResponseJSON } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const id = claims.credentialId ? Buffer.from(claims.credentialId, 'base64url') : randomBytes(16);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(id.length);
  const credential = Buffer.concat([Buffer.alloc(16), length, id, coseKey(publicKey)]);
  const flags = USER_PRESENT | HAS_CREDENTIAL | (claims.isUserVerified === false ? 0 : USER_VERIFIED);
  const signCount = claims.signCount ?? 1;
  const data = authenticatorData(claims.rpId ?? options.rp.id ?? '', flags, signCount, credential);
  const attestation = new Map<string, unknown>([
    ['fmt', 'none'],
    ['attStmt', new Map()],
    ['authData', new Uint8Array(data)],
  ]);
  const signed = clientData(
    claims.type ?? 'webauthn.create',
    claims.challenge ?? options.challenge,
    claims.origin ?? origin,
  );
  const credentialId = id.toString('base64url');
  return {
    passkey: { credentialId, userHandle: options.user.id, privateKey, signCount },
    answer: {
      id: credentialId,
      rawId: credentialId,
      type: 'public-key',
      clientExtensionResults: { credProps: { rk: true } },
      response: {
        clientDataJSON: signed.toString('base64url'),
        attestationObject: Buffer.from(
          isoCBOR.encode(attestation as Parameters<typeof isoCBOR.encode>[0]),
        ).toString('base64url'),
        transports: ['internal'],
      },
    },
  };
}

export function signWithPasskey(
  passkey: SoftwarePasskey,
  options: PublicKeyCredentialRequestOptionsJSON,
  origin: string,
  claims: Claims = {},
): AuthenticationResponseJSON {
  passkey.signCount = claims.signCount ?? (passkey.signCount && passkey.signCount + 1);
  const flags = USER_PRESENT | (claims.isUserVerified === false ? 0 : USER_VERIFIED);
  const data = authenticatorData(claims.rpId ?? options.rpId ?? '', flags, passkey.signCount);
  const signed = clientData(
    claims.type ?? 'webauthn.get',
    claims.challenge ?? options.challenge,
    claims.origin ?? origin,
  );
  const signature = sign(
    'sha256',
    Buffer.concat([data, sha256(signed)]),
    claims.signWith ?? passkey.privateKey,
  );
  const id = claims.credentialId ?? passkey.credentialId;
  return {
    id,
    rawId: id,
    type: 'public-key',
    clientExtensionResults: {},
    response: {
      clientDataJSON: signed.toString('base64url'),
      authenticatorData: data.toString('base64url'),
      signature: signature.toString('base64url'),
      userHandle: 'userHandle' in claims ? claims.userHandle : passkey.userHandle,
    },
  };
}
