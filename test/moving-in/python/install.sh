#!/usr/bin/env bash
# Makes the Python environment of one version of Django OAuth Toolkit, unless it is there: install.sh 1.7 FOLDER
set -euo pipefail
requirements=$(dirname "${BASH_SOURCE[0]}")/dot-$1.txt
environment=$2/dot-$1
mkdir -p "$2"
# Two tests may want it at the same moment.
exec 9> "$environment.lock"
! command -v flock > /dev/null || flock 9
if ! cmp -s "$requirements" "$environment/installed.txt"; then
  python3 -m venv --clear "$environment"
  "$environment/bin/pip" install --quiet --disable-pip-version-check -r "$requirements"
  cp "$requirements" "$environment/installed.txt"
fi
