-- What happens at an application, for its owner: numbers by day, and the steps of its last sign-ins.
CREATE TABLE application_counters (
  application_id bigint NOT NULL REFERENCES applications ON DELETE CASCADE,
  -- UTC.
  day date NOT NULL,
  -- 'sign_in', 'token', 'refresh'... (src/applications/activity/activity.ts)
  name text NOT NULL,
  count bigint NOT NULL,
  last_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (application_id, day, name)
);
CREATE INDEX application_counters_expiry ON application_counters (expires_at);

CREATE TABLE sign_in_steps (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  application_id bigint NOT NULL REFERENCES applications ON DELETE CASCADE,
  at timestamptz NOT NULL,
  step text NOT NULL,
  -- What the steps of one sign-in share: the first ones a flow, the last ones a grant, and the one that sends the code both.
  flow text,
  grant_ref text,
  request_id text NOT NULL,
  details json NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX sign_in_steps_application ON sign_in_steps (application_id, id);
CREATE INDEX sign_in_steps_expiry ON sign_in_steps (expires_at);
