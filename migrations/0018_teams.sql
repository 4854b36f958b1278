-- Teams, which own applications in the place of a single person.
CREATE TABLE teams (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  created_at timestamptz NOT NULL
);

CREATE TABLE team_members (
  team_id bigint NOT NULL REFERENCES teams ON DELETE CASCADE,
  account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
  role text NOT NULL CHECK (role IN ('owner', 'member')),
  joined_at timestamptz NOT NULL,
  PRIMARY KEY (team_id, account_id)
);
CREATE INDEX team_members_account ON team_members (account_id);

-- Those that are open. Somebody who has an account here is invited by username, anybody by a link to an address.
CREATE TABLE team_invitations (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  team_id bigint NOT NULL REFERENCES teams ON DELETE CASCADE,
  account_id bigint REFERENCES accounts ON DELETE CASCADE,
  email text,
  -- Of the link.
  token_hash bytea UNIQUE,
  role text NOT NULL CHECK (role IN ('owner', 'member')),
  -- NULL: by somebody who is gone.
  invited_by bigint REFERENCES accounts ON DELETE SET NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  CHECK ((account_id IS NULL) = (email IS NOT NULL AND token_hash IS NOT NULL))
);
CREATE INDEX team_invitations_team ON team_invitations (team_id);
CREATE INDEX team_invitations_account ON team_invitations (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX team_invitations_inviter ON team_invitations (invited_by) WHERE invited_by IS NOT NULL;
CREATE INDEX team_invitations_expiry ON team_invitations (expires_at);

-- Apart from the applications themselves, as are their looks: no token request asks who owns one. One that is here has
-- no owner_id.
CREATE TABLE team_applications (
  application_id bigint PRIMARY KEY REFERENCES applications ON DELETE CASCADE,
  team_id bigint NOT NULL REFERENCES teams
);
CREATE INDEX team_applications_team ON team_applications (team_id);

-- Why an application is disabled. What token requests go by is its disabled_at alone.
CREATE TABLE application_holds (
  application_id bigint PRIMARY KEY REFERENCES applications ON DELETE CASCADE,
  kind text NOT NULL CHECK (kind IN ('suspended', 'waiting', 'refused')),
  -- '' where none was given.
  reason text NOT NULL,
  since timestamptz NOT NULL
);
CREATE INDEX application_holds_waiting ON application_holds (application_id) WHERE kind = 'waiting';
