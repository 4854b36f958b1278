-- How an application looks on the pages where people sign in at it and let it in. Apart from the application itself, so
-- that what every token request reads stays as small as it is.
CREATE TABLE application_looks (
  application_id bigint PRIMARY KEY REFERENCES applications ON DELETE CASCADE,
  -- As #0e5a4b.
  color text,
  home_uri text,
  terms_uri text,
  policy_uri text,
  -- At most 100 kB.
  logo bytea,
  logo_type text,
  -- Of the content: the picture's address. Two applications may have the same picture.
  logo_hash text,
  updated_at timestamptz NOT NULL
);
CREATE INDEX application_looks_logo ON application_looks (logo_hash) WHERE logo_hash IS NOT NULL;
