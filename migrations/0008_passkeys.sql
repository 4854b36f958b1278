-- Passkeys: what a person signs in with in the place of a password, or as a second step after it (WebAuthn level 3).

-- The name under which authenticators file an account's passkeys: random, so that it tells nothing to whoever finds the
-- device, and kept when the last passkey is removed.
CREATE TABLE passkey_handles (
  account_id bigint PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
  handle bytea NOT NULL UNIQUE
);

CREATE TABLE passkeys (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
  credential_id bytea NOT NULL UNIQUE,
  -- As the authenticator gave it, a COSE key (RFC 9052).
  public_key bytea NOT NULL,
  -- How often the authenticator has signed, as far as it says; 0 for ever where it does not count.
  sign_count bigint NOT NULL,
  -- How browsers may reach the authenticator: internal, hybrid, usb, nfc, ble.
  transports text[] NOT NULL,
  -- False: it was not stored where a browser finds it without being told, and serves only as a second step.
  discoverable boolean NOT NULL,
  -- It may be copied to other devices of its owner.
  synced boolean NOT NULL,
  name text NOT NULL,
  created_at timestamptz NOT NULL,
  last_used_at timestamptz
);
CREATE INDEX passkeys_account ON passkeys (account_id);

-- What an authenticator is asked to sign. A row is taken away by the first answer, whatever that is worth.
CREATE TABLE passkey_challenges (
  challenge_hash bytea PRIMARY KEY,
  purpose text NOT NULL,
  -- NULL when nobody knows yet who signs in.
  account_id bigint REFERENCES accounts ON DELETE CASCADE,
  -- Of the browser it was given to.
  browser_hash bytea NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX passkey_challenges_expiry ON passkey_challenges (expires_at);
CREATE INDEX passkey_challenges_account ON passkey_challenges (account_id);
