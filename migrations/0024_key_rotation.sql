-- A new signing key is shown before it is used, and an old one after (src/engine/keys/key-rotation.ts).
ALTER TABLE signing_keys
  -- When it begins to sign. NULL: as soon as it was made.
  ADD COLUMN activates_at timestamptz,
  -- When nothing that it signed is valid any more: it leaves. NULL: no other has taken its place.
  ADD COLUMN expires_at timestamptz;
CREATE INDEX signing_keys_expiry ON signing_keys (expires_at);
