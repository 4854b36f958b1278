-- OAuth requests that were refused, as the owner of the application may read them for a week: what came in without any
-- value that is secret, and why it was refused. How many are kept is bounded (src/applications/problems/limits.ts).
CREATE TABLE refused_requests (
  -- The one of the answer, the log and the audit trail.
  request_id uuid PRIMARY KEY,
  application_id bigint NOT NULL REFERENCES applications ON DELETE CASCADE,
  at timestamptz NOT NULL,
  endpoint text NOT NULL,
  -- The error code that was answered, and the name of its cause in src/applications/problems/causes.
  error text NOT NULL,
  cause text NOT NULL,
  -- The /24 or /56 that it came from.
  network text NOT NULL,
  user_agent text NOT NULL,
  -- What came in, and what the explanation has to know.
  request json NOT NULL,
  facts json NOT NULL,
  -- Requests refused after this one, in the same minute, that were only counted.
  left_out integer NOT NULL DEFAULT 0,
  expires_at timestamptz NOT NULL
);
CREATE INDEX refused_requests_application ON refused_requests (application_id, at);
CREATE INDEX refused_requests_expiry ON refused_requests (expires_at);
