-- Teams come with an import as well, under a number of their own here.
ALTER TABLE imported_records
  -- Of a team: which one it is here.
  ADD COLUMN team_id bigint;
