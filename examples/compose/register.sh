#!/bin/sh
# Makes what the demo of docker-compose.yml needs, once: a person, and an application for the Django site. Their secrets are
# random and stay in the folder that the site reads. Usage: register.sh FOLDER
set -eu
cd "$1"
site=${SITE_URL:-http://localhost:8001}
umask 077

latchkey migrate

# In memory until everything is there: a start that was interrupted begins again.
password=$(node -p "crypto.randomBytes(12).toString('base64url')")
if latchkey user show demo > /dev/null 2>&1; then
  [ -s password ] || echo "$password" | latchkey user set-password demo --password-stdin
else
  echo "$password" | latchkey user create --username demo --email demo@example.com --first-name Demo --last-name Person \
    --password-stdin
  rm -f password
fi
[ -s password ] || echo "$password" > password

client_id() { node -p 'JSON.parse(fs.readFileSync("application.json")).client_id'; }

if ! { [ -s application.json ] && latchkey app show "$(client_id)" > /dev/null 2>&1; }; then
  latchkey app create --name 'Django site' --owner demo --type confidential \
    --grant authorization-code refresh-token \
    --redirect-uri "$site/accounts/latchkey/login/callback/" --json > application.json
fi

echo
echo "Sign in at $site as demo, with the password $(cat password)"
