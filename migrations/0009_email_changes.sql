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
