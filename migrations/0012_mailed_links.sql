-- Links that go to a mail address, and the six digits beside them for somebody who reads their mail on another device.
ALTER TABLE one_time_links
  -- The address it was sent to: what it proves holds for no other.
  ADD COLUMN email text,
  -- A keyed hash, since six digits can be guessed from a plain one. NULL once the code has been typed.
  ADD COLUMN code_hash bytea,
  ADD COLUMN code_tries smallint NOT NULL DEFAULT 0;
CREATE INDEX one_time_links_account ON one_time_links (account_id, purpose);

-- A new address that is to become the account's, once it is confirmed.
CREATE TABLE email_changes (
  account_id bigint PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
  email text NOT NULL,
  asked_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  confirmed_by_new_at timestamptz,
  -- Also set from the start when the old address was never verified, and has no say.
  confirmed_by_old_at timestamptz
);
CREATE INDEX email_changes_expiry ON email_changes (expires_at);
