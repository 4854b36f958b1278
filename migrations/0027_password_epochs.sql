-- Counts the passwords an account has had: browsers known by an earlier one are strangers (src/accounts/known-browsers.ts).
ALTER TABLE accounts ADD COLUMN password_epoch integer NOT NULL DEFAULT 0;
