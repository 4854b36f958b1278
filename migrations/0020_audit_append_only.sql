-- The audit trail can be added to and read, and what is in it stays as it was written: an UPDATE, a TRUNCATE or a DELETE is
-- refused, whoever sends it. Only the sweep deletes, what is older than AUDIT_KEEP_DAYS, and says so in its transaction
-- (src/audit/delete-events.ts). Whoever owns the table can take the triggers away, which no statement does by accident.
-- A node of the version before cannot delete old events meanwhile: it logs that, and goes on.
CREATE FUNCTION keep_audit_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND current_setting('latchkey.audit_retention', true) = 'on' THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'The audit trail is append-only: % is refused.', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER audit_events_stay BEFORE UPDATE OR DELETE ON audit_events
  FOR EACH ROW EXECUTE FUNCTION keep_audit_events();
CREATE TRIGGER audit_events_stay_all BEFORE TRUNCATE ON audit_events
  FOR EACH STATEMENT EXECUTE FUNCTION keep_audit_events();
