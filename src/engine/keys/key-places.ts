/**
 * The engine takes its keys once, when it is made. So it is given places instead, and what is in them changes: of each
 * algorithm one place that signs, with whatever key does so at the moment, and some whose signatures are verified (of an
 * id_token_hint). ExternalSigningKey is the engine's own way to keys that are elsewhere.
 */
import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { ExternalSigningKey, type JWK } from 'oidc-provider';
import { MOST_KEYS } from './key-rotation.js';
import type { LiveKeys } from './live-keys.js';
import { ALGORITHMS, type Algorithm, type SigningKey } from './signing-keys.js';

interface KeyPair {
  publicKey: KeyObject;
  privateKey: KeyObject;
}

const pairs = new WeakMap<SigningKey, KeyPair>();

function pairOf(key: SigningKey): KeyPair {
  const known = pairs.get(key);
  if (known) return known;
  const asKey = (jwk: JWK) => ({ key: { ...jwk }, format: 'jwk' }) as const;
  const pair = {
    publicKey: createPublicKey(asKey(key.publicJwk)),
    privateKey: createPrivateKey(asKey(key.privateJwk)),
  };
  pairs.set(key, pair);
  return pair;
}

// Beside the event loop: an RSA signature takes the better part of a millisecond.
const signAside = promisify(sign);

function signWith(alg: Algorithm, key: KeyObject, data: Uint8Array): Promise<Buffer> | Buffer {
  if (alg === 'RS256') return signAside('sha256', data, key);
  return sign('sha256', data, { key, dsaEncoding: 'ieee-p1363' });
}

class KeyPlace extends ExternalSigningKey {
  readonly #live: LiveKeys;
  readonly #alg: Algorithm;
  readonly #place: number;
  #told: SigningKey | undefined;

  constructor(live: LiveKeys, alg: Algorithm, place: number) {
    super();
    this.#live = live;
    this.#alg = alg;
    this.#place = place;
  }

  #key(): SigningKey | undefined {
    return this.#live.ofAlgorithm(this.#alg)[this.#place];
  }

  override get alg(): string {
    return this.#alg;
  }

  /** An empty place has one that nobody asks for. */
  override get kid(): string {
    this.#told = this.#key();
    return this.#told?.kid ?? `place ${this.#place} of ${this.#alg}`;
  }

  override keyObject(): KeyObject {
    return pairOf(this.#key() ?? this.#live.active(this.#alg)).publicKey;
  }

  /** With the key whose id was asked for last, which is in what is signed: another may have become active since. */
  override sign(data: Uint8Array): Promise<Uint8Array> | Uint8Array {
    const key = this.#told ?? this.#live.active(this.#alg);
    return signWith(this.#alg, pairOf(key).privateKey, data);
  }
}

/** In the order in which the engine looks for one that signs. */
export function keyPlaces(live: LiveKeys): ExternalSigningKey[] {
  const places = Array.from({ length: MOST_KEYS }, (_, place) => place);
  return ALGORITHMS.flatMap((alg) => places.map((place) => new KeyPlace(live, alg, place)));
}
