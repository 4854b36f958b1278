#!/bin/sh
# Starts the Django site with the application that register.sh has made. Usage: start-site.sh FOLDER
set -eu
examples=$(dirname "$0")/..

read_from() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$1/application.json" "$2"; }

CLIENT_ID=$(read_from "$1" client_id)
CLIENT_SECRET=$(read_from "$1" client_secret)
export CLIENT_ID CLIENT_SECRET
exec python3 "$examples/run_django.py" "$examples/django-allauth/custom_provider"
