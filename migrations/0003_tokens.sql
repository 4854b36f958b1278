-- What the server has handed out. Codes and tokens are found by the SHA-256 of their value and by nothing else, so a
-- dump holds nothing that can be presented. A bucket numbers the day or half month a row expires in: each bucket is a
-- partition of its own and is dropped whole once over (src/tokens/buckets.ts). Only what lives long is deleted row by row.

-- One row for each sign-in of a person at an application: the family its code, access and refresh tokens belong to.
-- Deleting it kills the family at once, since every token is looked up together with its grant.
-- No foreign keys here and below: checking them would lock rows on the hot path, and an orphan is dead by the join.
CREATE TABLE grants (
  id text PRIMARY KEY,
  account_id bigint NOT NULL,
  client_id text NOT NULL,
  details json NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX grants_account ON grants (account_id, client_id);
CREATE INDEX grants_expiry ON grants (expires_at);

CREATE TABLE authorization_codes (
  token_hash bytea NOT NULL,
  bucket integer NOT NULL,
  client_id text NOT NULL,
  account_id bigint NOT NULL,
  grant_id text NOT NULL,
  issued_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  consumed_at timestamptz,
  -- Wrong PKCE verifiers presented so far.
  failed_attempts smallint NOT NULL DEFAULT 0,
  scope text,
  details json NOT NULL,
  PRIMARY KEY (token_hash, bucket)
) PARTITION BY LIST (bucket);

-- grant_id and account_id are NULL for client credentials.
CREATE TABLE access_tokens (
  token_hash bytea NOT NULL,
  bucket integer NOT NULL,
  client_id text NOT NULL,
  account_id bigint,
  grant_id text,
  issued_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  scope text,
  details json NOT NULL,
  PRIMARY KEY (token_hash, bucket)
) PARTITION BY LIST (bucket);

CREATE TABLE refresh_tokens (
  token_hash bytea NOT NULL,
  bucket integer NOT NULL,
  client_id text NOT NULL,
  account_id bigint NOT NULL,
  grant_id text NOT NULL,
  issued_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  consumed_at timestamptz,
  -- The access token issued beside this one: it dies when this one is used.
  access_token_hash bytea,
  access_token_bucket integer,
  -- Once used: the refresh token that took its place, and the answer given then, encrypted under a key derived from
  -- the presented token, so that the database alone cannot replay it.
  successor_hash bytea,
  replay bytea,
  scope text,
  details json NOT NULL,
  PRIMARY KEY (token_hash, bucket)
) PARTITION BY LIST (bucket);

CREATE TABLE device_codes (
  token_hash bytea PRIMARY KEY,
  -- Keyed HMAC: a user code is short enough to be guessed from a plain hash.
  user_code_hmac bytea NOT NULL UNIQUE,
  client_id text NOT NULL,
  grant_id text,
  expires_at timestamptz NOT NULL,
  consumed_at timestamptz,
  last_polled_at timestamptz,
  poll_interval integer NOT NULL DEFAULT 5,
  -- Whether the person at the browser has allowed or denied it.
  is_decided boolean NOT NULL DEFAULT false,
  details json NOT NULL
);
CREATE INDEX device_codes_expiry ON device_codes (expires_at);
