#!/usr/bin/env bash
# coverage.sh: every statement of authz is run by its own tests, or this names
# the lines that are not.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if ! ${GO:-go} test -count=1 -coverpkg=./authz -coverprofile="$work/profile" ./authz \
	-rapid.nofailfile >"$work/log" 2>&1; then
	cat "$work/log" >&2
	exit 1
fi
missed=$(sed -nE 's/^[^ ]*\/(authz\/[^ ]*:[0-9]+)\.[0-9]+,([0-9]+)\.[0-9]+ [1-9][0-9]* 0$/\1-\2/p' "$work/profile" | sort -t: -k1,1 -k2,2n)
if [ -n "$missed" ]; then
	echo "authz: statements that no test of authz runs:" >&2
	echo "$missed" >&2
	exit 1
fi
