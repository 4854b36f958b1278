-- What superusers do on the pages under /admin: finding people, keeping groups, reading the audit trail.

-- People are found by how a name begins; the indexes of 0001 cannot do that in every collation.
-- From the first of these to the end of the transaction whoever changes an account waits: signing up, a new password or
-- name, a sign-in that renews an old hash; other sign-ins and all reading go on. All four took 3.7 s for a million accounts
-- (PostgreSQL 18, two cores in use by others too, all in memory); from a slow disk it may be several times as long. What
-- waits for more than 3.5 s is given up by its node.
CREATE INDEX accounts_username_prefix ON accounts (lower(username) text_pattern_ops);
CREATE INDEX accounts_email_prefix ON accounts (lower(email) text_pattern_ops);
CREATE INDEX accounts_name_prefix ON accounts (lower(first_name || ' ' || last_name) text_pattern_ops);
CREATE INDEX accounts_last_name_prefix ON accounts (lower(last_name) text_pattern_ops);

-- The primary key begins with the account: this one lists the members of a group.
CREATE INDEX group_members_group ON group_members (group_id, account_id);

-- A superuser who acts as somebody else: the session that does so, and their own, to which the browser goes back. Kept
-- while it may last; the audit trail keeps what was done.
CREATE TABLE impersonations (
  id text PRIMARY KEY,
  actor_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
  account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
  session_uid text NOT NULL,
  own_session_uid text NOT NULL,
  started_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX impersonations_actor ON impersonations (actor_id);
CREATE INDEX impersonations_account ON impersonations (account_id);
CREATE INDEX impersonations_expiry ON impersonations (expires_at);

-- Who acted, when it was somebody else than the person the event is about. No index: it would take a look at every row of
-- what may be the largest table; the page looks through the trail piece by piece (src/audit/find-events.ts).
-- Last, because every sign-in writes here and waits from this statement to the end of the transaction: a moment, and
-- not the time that the indexes above take.
ALTER TABLE audit_events ADD COLUMN actor_id bigint;
