#!/usr/bin/env bash
# A token for the application itself, by client credentials, and what it is good for. Needs curl.
set -euo pipefail

server=${LATCHKEY_URL:-http://localhost:8000}

# The id and the secret reach curl by its stdin: on the command line, ps would show them to everybody on this machine.
ask() {
  curl --silent --show-error --fail-with-body --config - "$@" <<< "user = \"$CLIENT_ID:$CLIENT_SECRET\""
}

answer=$(ask --data grant_type=client_credentials --data scope=read "$server/o/token") || {
  echo "$answer" >&2
  exit 1
}
token=$(sed -E 's/.*"access_token":"([^"]+)".*/\1/' <<< "$answer")

# With the token it would now call an API:
#   curl --header @- https://api.example.com/ <<< "Authorization: Bearer $token"
# Here the server is asked what the token is good for, as that API would (RFC 7662).
ask --data token="$token" "$server/o/introspect"
echo
