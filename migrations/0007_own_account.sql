-- What people see of their account and end by themselves. NULL in a session that began before, or is used by a node of
-- the version before.
ALTER TABLE sessions
  ADD COLUMN created_at timestamptz,
  -- As of some minutes ago: not every use is written down.
  ADD COLUMN last_used_at timestamptz,
  ADD COLUMN network text,
  ADD COLUMN user_agent text;
