-- The kind of an application, from which its usual settings follow; and settings it did not have so far.
ALTER TABLE applications
  -- NULL: registered by a version without kinds. src/applications/settings/kinds.ts tells it from the other settings.
  ADD COLUMN kind text CHECK (kind IN ('web', 'spa', 'native', 'service', 'device')),
  ADD COLUMN description text NOT NULL DEFAULT '',
  -- Email addresses of its developers.
  ADD COLUMN contacts text[] NOT NULL DEFAULT '{}',
  -- What a request that names no scope is given. NULL: the defaults of the server.
  ADD COLUMN default_scopes text[],
  -- People are asked for their consent each time. Where skip_consent is set as well, nobody is asked.
  ADD COLUMN always_ask boolean NOT NULL DEFAULT false;
