-- What people see of their account and end by themselves. NULL in a session that began before, or is used by a node of
-- the version before.
ALTER TABLE sessions
  ADD COLUMN created_at timestamptz,
  -- As of some minutes ago: not every use is written down.
  ADD COLUMN last_used_at timestamptz,
  ADD COLUMN network text,
  ADD COLUMN user_agent text;

-- Access tokens that people make for their own programs. Only the hash is stored.
CREATE TABLE personal_tokens (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  token_hash bytea NOT NULL UNIQUE,
  account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
  name text NOT NULL,
  -- The last four characters, by which a person recognises it.
  hint text NOT NULL,
  scopes text[] NOT NULL,
  created_at timestamptz NOT NULL,
  -- NULL: until it is revoked.
  expires_at timestamptz,
  last_used_at timestamptz,
  last_network text
);
CREATE INDEX personal_tokens_account ON personal_tokens (account_id);
CREATE INDEX personal_tokens_expiry ON personal_tokens (expires_at) WHERE expires_at IS NOT NULL;

-- Accounts whose people have asked to have them deleted: disabled at once, removed when the time has come. In a table
-- of its own, since hardly any account is in it.
CREATE TABLE account_deletions (
  account_id bigint PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
  asked_at timestamptz NOT NULL,
  due_at timestamptz NOT NULL,
  -- False once an administrator has disabled the account meanwhile: cancelling would enable it again.
  can_be_cancelled boolean NOT NULL DEFAULT true
);
CREATE INDEX account_deletions_due ON account_deletions (due_at);

-- Usernames nobody may take again: applications may know somebody by theirs. SHA-256 of the name in lower case.
CREATE TABLE retired_usernames (
  name_hash bytea PRIMARY KEY,
  retired_at timestamptz NOT NULL
);
