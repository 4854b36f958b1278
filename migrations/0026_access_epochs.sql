-- What is under way when access ends must not outlive it (src/accounts/access-epoch.ts). A number, not a time: the clocks
-- of nodes differ.
-- Counts how often access was ended: by a reset or change of the password, signing out everywhere, disabling...
ALTER TABLE accounts ADD COLUMN access_epoch integer NOT NULL DEFAULT 0;
-- That of the account when the sign-in began. NULL: begun by a node of the version before.
ALTER TABLE pending_sign_ins ADD COLUMN access_epoch integer;
