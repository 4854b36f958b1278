-- Invitations that are still open: one that is used, revoked or over leaves. Only the hash of the link is stored.
CREATE TABLE invitations (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  token_hash bytea NOT NULL UNIQUE,
  email text NOT NULL,
  -- Whether the link went to that address, and nowhere else: whoever uses it reads the mails of it.
  is_mailed boolean NOT NULL,
  -- NULL: by the command line, or by somebody who is gone.
  invited_by bigint REFERENCES accounts ON DELETE SET NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX invitations_expiry ON invitations (expires_at);
