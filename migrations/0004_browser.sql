-- What belongs to a browser: the session, a sign-in in progress, and what the person has consented to.
CREATE TABLE sessions (
  id_hash bytea PRIMARY KEY,
  uid text NOT NULL UNIQUE,
  account_id bigint,
  details json NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX sessions_account ON sessions (account_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

-- Kept after it is finished, so that the back button finds the authorization request again.
CREATE TABLE interactions (
  id_hash bytea PRIMARY KEY,
  -- Who has signed in within it: whatever ends the sessions of an account ends this as well.
  account_id bigint,
  details json NOT NULL,
  expires_at timestamptz NOT NULL,
  finished_at timestamptz
);
CREATE INDEX interactions_account ON interactions (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX interactions_expiry ON interactions (expires_at);

CREATE TABLE consents (
  account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
  client_id text NOT NULL REFERENCES applications (client_id) ON DELETE CASCADE,
  scopes text[] NOT NULL,
  rejected_scopes text[] NOT NULL DEFAULT '{}',
  claims text[] NOT NULL DEFAULT '{}',
  rejected_claims text[] NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (account_id, client_id)
);
CREATE INDEX consents_client ON consents (client_id);
