-- Tokens of the applications API, which people make for their scripts; and redirect URIs of preview deployments, which such a
-- script adds for some days within a pattern that the owner has approved.
CREATE TABLE application_tokens (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  token_hash bytea NOT NULL UNIQUE,
  -- In whose name it acts: it may do what this person may.
  account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
  -- NULL: every application that the person may change, and registering new ones.
  application_id bigint REFERENCES applications ON DELETE CASCADE,
  -- 'previews': nothing but adding and removing redirect URIs within the approved patterns.
  permission text NOT NULL CHECK (permission IN ('manage', 'previews')),
  name text NOT NULL,
  -- Its last four characters.
  hint text NOT NULL,
  created_at timestamptz NOT NULL,
  -- NULL: until it is revoked.
  expires_at timestamptz,
  last_used_at timestamptz,
  last_network text
);
CREATE INDEX application_tokens_account ON application_tokens (account_id);
CREATE INDEX application_tokens_application ON application_tokens (application_id);
CREATE INDEX application_tokens_expiry ON application_tokens (expires_at);

-- In a table of its own, so that what every token request reads of an application stays as small as it is.
CREATE TABLE preview_patterns (
  application_id bigint NOT NULL REFERENCES applications ON DELETE CASCADE,
  pattern text NOT NULL,
  PRIMARY KEY (application_id, pattern)
);

CREATE TABLE preview_redirect_uris (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  application_id bigint NOT NULL REFERENCES applications ON DELETE CASCADE,
  uri text NOT NULL,
  -- Of the URI, for the CORS preflight of a single-page app.
  origin text NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  UNIQUE (application_id, uri)
);
CREATE INDEX preview_redirect_uris_origin ON preview_redirect_uris (origin);
CREATE INDEX preview_redirect_uris_expiry ON preview_redirect_uris (expires_at);
