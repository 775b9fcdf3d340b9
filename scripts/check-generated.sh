#!/usr/bin/env bash
# check-generated.sh: runs go generate and fails when that changes a file.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! grep -rq --include='*.go' '^//go:generate ' .; then
	exit 0
fi
sums() { find . -type f -not -path './.git/*' -not -path './bin/*' -print0 | sort -z | xargs -0 sha256sum; }
before=$(sums)
${GO:-go} generate ./...
if ! changed=$(diff <(echo "$before") <(sums) | sed -n 's/^[<>] [0-9a-f]*  //p' | sort -u) || [ -n "$changed" ]; then
	echo "generated files were not up to date; they are now, please look at and commit:" >&2
	echo "$changed" >&2
	exit 1
fi
