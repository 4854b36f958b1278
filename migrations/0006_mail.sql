-- Mails on their way: written in the transaction of what they tell about, sent afterwards by any node.
CREATE TABLE outgoing_mails (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id bigint REFERENCES accounts ON DELETE CASCADE,
  recipient text NOT NULL,
  -- Subject, text and HTML, sealed, since they may hold a link that works once. NULL once the mail is sent or given up.
  content bytea,
  created_at timestamptz NOT NULL,
  -- When the mail is of no use any more, such as one with a link that has expired.
  expires_at timestamptz NOT NULL,
  -- NULL when there is nothing left to try.
  next_try_at timestamptz,
  attempts integer NOT NULL DEFAULT 0,
  -- Tries of which nobody knows whether the mail was taken: the connection broke before the answer.
  uncertain_attempts integer NOT NULL DEFAULT 0,
  sent_at timestamptz,
  -- Until then the row tells what became of the mail.
  leaves_at timestamptz NOT NULL,
  last_error text
);
CREATE INDEX outgoing_mails_due ON outgoing_mails (next_try_at) WHERE next_try_at IS NOT NULL;
CREATE INDEX outgoing_mails_expiry ON outgoing_mails (leaves_at);
CREATE INDEX outgoing_mails_account ON outgoing_mails (account_id);
