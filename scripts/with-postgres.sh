#!/usr/bin/env bash
# with-postgres.sh COMMAND [ARG…]: runs COMMAND with a PostgreSQL of its own and
# its URL in REMIT_TEST_POSTGRES. The cluster is for tests: without fsync, open
# to every user of this machine, and gone afterwards, however COMMAND ends.
# When REMIT_TEST_POSTGRES is set already, that one is used.
set -euo pipefail

if [ $# -eq 0 ]; then
	echo "usage: $0 COMMAND [ARG…]" >&2
	exit 2
fi
if [ -n "${REMIT_TEST_POSTGRES:-}" ]; then
	exec "$@"
fi

# Debian keeps the server's programs outside PATH; the newest version wins.
find_bin() {
	local bin
	if command -v initdb >/dev/null && command -v pg_ctl >/dev/null; then
		dirname "$(readlink -f "$(command -v initdb)")"
		return
	fi
	bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
	if [ -z "$bin" ]; then
		echo "with-postgres: no initdb and pg_ctl in PATH or /usr/lib/postgresql/*/bin; install the package postgresql" >&2
		return 1
	fi
	echo "$bin"
}

# PostgreSQL refuses to run as root, so root lends it another user.
server_user() {
	local user
	for user in postgres nobody; do
		if id "$user" >/dev/null 2>&1; then
			echo "$user"
			return
		fi
	done
	echo "with-postgres: root needs a user postgres or nobody to run PostgreSQL" >&2
	return 1
}

as_server() {
	if [ "$(id -u)" -ne 0 ]; then
		"$@"
	elif command -v runuser >/dev/null; then
		runuser -u "$user" -- "$@"
	elif command -v setpriv >/dev/null; then
		setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups -- "$@"
	else
		su -s /bin/sh "$user" -c 'exec "$@"' -- sh "$@"
	fi
}

bin=$(find_bin)
user=$(id -un)
dir=$(mktemp -d "${TMPDIR:-/tmp}/remit-pg.XXXXXXXX")
child=

finish() {
	trap - EXIT INT TERM HUP
	if [ -n "$child" ]; then
		kill -TERM -- "-$child" 2>/dev/null || true
		wait "$child" 2>/dev/null || true
	fi
	if [ -f "$dir/data/postmaster.pid" ]; then
		as_server "$bin/pg_ctl" -D "$dir/data" -m immediate -w stop >/dev/null 2>&1 || true
	fi
	rm -rf "$dir"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

if [ "$(id -u)" -eq 0 ]; then
	user=$(server_user)
	chown "$user" "$dir"
fi

here=$PWD
cd "$dir" # the server's user may not be allowed where we are
as_server "$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --no-locale --no-sync >"$dir/initdb.log" 2>&1 ||
	{ cat "$dir/initdb.log" >&2; exit 1; }

# Another program may take a port between our choice and the start: try some.
start() {
	local try
	for try in 1 2 3 4 5; do
		port=$((20000 + RANDOM % 12000)) # below the range the kernel gives out
		if as_server "$bin/pg_ctl" -D "$dir/data" -l "$dir/server.log" -w -t 60 -o \
			"-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories=$dir -c max_connections=300 -c fsync=off -c full_page_writes=off -c shared_buffers=64MB" \
			start >/dev/null 2>&1; then
			return
		fi
	done
	echo "with-postgres: PostgreSQL does not start:" >&2
	tail -n 20 "$dir/server.log" >&2
	return 1
}
start
cd "$here"

export REMIT_TEST_POSTGRES="postgres://postgres@127.0.0.1:$port/postgres?sslmode=disable"
set -m # a process group of its own, so that an interrupt ends all of COMMAND
"$@" &
child=$!
code=0
wait "$child" || code=$?
child=
exit "$code"
