-- The form of the access tokens an application is given: opaque, or signed JWTs that resource servers check by themselves
-- (RFC 9068). Both are stored alike, so that the change of one takes nothing from the tokens that are out.
ALTER TABLE applications ADD COLUMN token_format text NOT NULL DEFAULT 'opaque'
  CHECK (token_format IN ('opaque', 'jwt'));
