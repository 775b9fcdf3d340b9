#!/usr/bin/env bash
# need.sh PACKAGE…: sees that the programs of these Debian packages are there,
# installs what is missing when it may, else fails and says what to install.
set -euo pipefail

# have PACKAGE says whether what we use of it is there, however it came.
have() {
	case $1 in
	chromium) command -v chromium || command -v chromium-browser || command -v google-chrome ;;
	postgresql) { command -v initdb && command -v pg_ctl; } || ls /usr/lib/postgresql/*/bin/initdb ;;
	libc6-dev) ls /usr/include/stdlib.h ;;
	*) command -v "$1" || dpkg-query -W -f '${Status}' "$1" | grep -q 'ok installed' ;;
	esac >/dev/null 2>&1
}

missing=()
for package in "$@"; do
	have "$package" || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
	exit 0
fi

install="apt-get install -y --no-install-recommends ${missing[*]}"
if ! command -v apt-get >/dev/null; then
	echo "need: please install: ${missing[*]} (names of Debian packages)" >&2
	exit 1
fi
if [ "$(id -u)" -eq 0 ]; then
	as_root=()
elif sudo -n true 2>/dev/null; then
	as_root=(sudo -n)
else
	echo "need: please run, as root: $install" >&2
	exit 1
fi

echo "need: installing ${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -q >&2
# sudo drops the environment, so it is given once more.
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive $install >&2
for package in "${missing[@]}"; do
	have "$package" || {
		echo "need: $package was installed, and yet its programs are not found" >&2
		exit 1
	}
done
