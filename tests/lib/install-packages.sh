#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Installs what is missing of packages.txt, the only list of packages. Asks apt for nothing when
# nothing is missing. --list prints the missing packages and installs none.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/common.sh"

list=$here/../../packages.txt
[ -r "$list" ] || die "cannot read $list"
command -v dpkg-query > /dev/null || die "this is not Debian: install what packages.txt names by hand"

wanted=()
while read -r name rest; do
  case $name in '' | \#*) ;; *) wanted+=("$name") ;; esac
done < "$list"

declare -A present=()
while read -r name state; do
  [ "$state" = installed ] && present[${name%%:*}]=1
done < <(dpkg-query -W -f '${binary:Package} ${db:Status-Status}\n' "${wanted[@]}" 2> /dev/null || :)

missing=()
for name in "${wanted[@]}"; do
  [ -n "${present[$name]-}" ] || missing+=("$name")
done
[ ${#missing[@]} -gt 0 ] || exit 0
if [ "${1-}" = --list ]; then
  printf '%s\n' "${missing[@]}"
  exit 0
fi

as_root=(env)
if [ "$(id -u)" != 0 ]; then
  command -v sudo > /dev/null || die "needs root or sudo to install: ${missing[*]}"
  as_root=(sudo env)
fi
log=$(mktemp) || die "cannot make a temporary file"
trap 'rm -f "$log"' EXIT
apt() {
  "${as_root[@]}" DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 "$@"
}

say "installing ${#missing[@]} packages: ${missing[*]}"
if ! apt install --no-install-recommends "${missing[@]}" > "$log" 2>&1; then
  # Most often the package lists are absent or too old.
  apt update > "$log" 2>&1 || { tail -n 5 "$log" >&2; die "apt-get update failed"; }
  apt install --no-install-recommends "${missing[@]}" > "$log" 2>&1 \
    || { tail -n 5 "$log" >&2; die "cannot install: ${missing[*]}"; }
fi
