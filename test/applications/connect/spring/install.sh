#!/usr/bin/env bash
# Builds this project once, so that the repository REPOSITORY holds all that the test needs to build it without a network.
# Usage: install.sh REPOSITORY
set -euo pipefail
project=$(dirname "${BASH_SOURCE[0]}")
cmp -s "$project/pom.xml" "$1/installed.xml" && exit 0
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
cp -r "$project/pom.xml" "$project/src" "$build"
mvn --batch-mode --quiet -Dmaven.repo.local="$1" --file "$build/pom.xml" package
cp "$project/pom.xml" "$1/installed.xml"
