-- Private keys are AES-256-GCM under a key derived from SECRET_KEY, which is never in the database.
CREATE TABLE signing_keys (
  kid text PRIMARY KEY,
  alg text NOT NULL,
  public_jwk jsonb NOT NULL,
  private_jwk bytea NOT NULL,
  created_at timestamptz NOT NULL
);

-- Attempts counted per key (an account, a network) and window, shared by all nodes.
CREATE TABLE throttles (
  key text PRIMARY KEY,
  attempts integer NOT NULL,
  resets_at timestamptz NOT NULL
);
CREATE INDEX throttles_expiry ON throttles (resets_at);

-- Who did what, appended and never changed. No secret, token, code or password is ever written here.
CREATE TABLE audit_events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL,
  event text NOT NULL,
  account_id bigint,
  client_id text,
  network text,
  request_id text,
  details jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_events_account ON audit_events (account_id, at);
CREATE INDEX audit_events_client ON audit_events (client_id, at);
