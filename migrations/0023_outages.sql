-- When the server was last alive, by any node, and when nobody could reach it: the grace of a refresh token does not run
-- out meanwhile (src/tokens/outages.ts).
CREATE TABLE heartbeat (
  is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  -- NULL until the first node has noted it.
  seen_at timestamptz
);
INSERT INTO heartbeat DEFAULT VALUES;

CREATE TABLE outages (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  began_at timestamptz NOT NULL,
  ended_at timestamptz NOT NULL,
  -- When nobody will ask about it any more.
  expires_at timestamptz NOT NULL
);
CREATE INDEX outages_end ON outages (ended_at);
CREATE INDEX outages_expiry ON outages (expires_at);
