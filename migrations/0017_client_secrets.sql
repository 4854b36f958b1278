-- Several secrets of an application at once, told apart by their names and by when and from where each was last used.
ALTER TABLE client_secrets
  -- '' where none was given.
  ADD COLUMN name text NOT NULL DEFAULT '',
  -- NULL: made with the application by a version before, by the command line, or by somebody who is gone.
  ADD COLUMN created_by bigint REFERENCES accounts ON DELETE SET NULL,
  -- As of a minute ago: uses are gathered before they are written down.
  ADD COLUMN last_used_at timestamptz,
  ADD COLUMN last_network text,
  -- How many of the mails before its end need not be sent any more.
  ADD COLUMN expiry_mails smallint NOT NULL DEFAULT 0;
CREATE INDEX client_secrets_creator ON client_secrets (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX client_secrets_expiry ON client_secrets (expires_at) WHERE expires_at IS NOT NULL;
-- One that was found in public is looked for by what it is.
CREATE INDEX client_secrets_hash ON client_secrets (hash);

-- What secrets are remembered by for some days after their end, so that whoever still sends one can be told why it fails.
CREATE TABLE retired_secrets (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  application_id bigint NOT NULL REFERENCES applications ON DELETE CASCADE,
  hash text NOT NULL,
  name text NOT NULL,
  hint text NOT NULL,
  why text NOT NULL CHECK (why IN ('retired', 'expired', 'leaked')),
  ended_at timestamptz NOT NULL,
  -- When this row leaves.
  expires_at timestamptz NOT NULL
);
CREATE INDEX retired_secrets_application ON retired_secrets (application_id);
CREATE INDEX retired_secrets_expiry ON retired_secrets (expires_at);
