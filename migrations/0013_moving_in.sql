-- What an import has brought, by the key it has at its source: a later run brings only what is new, and what has been
-- deleted or revoked here since does not come back.
CREATE TABLE imported_records (
  kind text NOT NULL,
  key text NOT NULL,
  -- Of a person: who it is here.
  account_id bigint,
  imported_at timestamptz NOT NULL,
  -- Of a token or its family: once it is over, no source offers it any more. NULL: never.
  expires_at timestamptz,
  PRIMARY KEY (kind, key)
);
CREATE INDEX imported_records_expiry ON imported_records (expires_at) WHERE expires_at IS NOT NULL;
