#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Installs what is missing of packages.txt, the only list of packages. Asks apt for nothing when
# nothing is missing. --list prints the missing packages and installs none. On a system that is not
# Debian it installs nothing either: one line says what is missing, and what it is called elsewhere.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/common.sh"

list=$here/../../packages.txt
[ -r "$list" ] || die "cannot read $list"
ID='' VERSION_CODENAME='' NAME='this system'
# shellcheck source=/dev/null
[ ! -r /etc/os-release ] || . /etc/os-release

# each COMMAND...: calls it with the four columns of each line of packages.txt.
each() {
  local debian probe fedora arch
  while read -r debian probe fedora arch; do
    case $debian in '' | \#*) ;; *) "$@" "$debian" "$probe" "$fedora" "$arch" ;; esac
  done < "$list"
}

# is_there PROBE: what the second column says can be found here.
is_there() {
  local what=${1#*:}
  case $1 in
    -) ;;
    cmd:* | lint:*) PATH=$PATH:/usr/sbin:/sbin command -v "$what" > /dev/null ;;
    pc:*) pkg-config --exists "$what" 2> /dev/null ;;
    inc:*) echo "#include <$what>" | g++ -E -x c++ - > /dev/null 2>&1 ;;
    src:*) compgen -G '/usr/src/linux-source-*.tar.xz' > /dev/null ;;
    *) die "packages.txt: unknown probe $1" ;;
  esac
}

lacking_debian=() lacking_fedora=() lacking_arch=() needed=
note_lacking() { # the columns
  ! is_there "$2" || return 0
  case $2 in lint:*) ;; *) needed=1 ;; esac
  lacking_debian+=("${1##*|}") # of alternatives the last: the oldest
  [ "$3" = - ] || lacking_fedora+=("$3")
  [ "$4" = - ] || lacking_arch+=("$4")
}

if [ "$ID" != debian ] || ! command -v dpkg-query > /dev/null; then
  each note_lacking
  [ ${#lacking_debian[@]} -gt 0 ] || exit 0
  [ "${1-}" != --list ] || { printf '%s\n' "${lacking_debian[@]}"; exit 0; }
  text="$NAME is not Debian; install: Ubuntu ${lacking_debian[*]}; Fedora ${lacking_fedora[*]};"
  text="$text Arch ${lacking_arch[*]}"
  [ -z "$needed" ] || die "$text"
  say "for all lints: $text"
  exit 0
fi

# sid calls itself by the name that testing has.
suite=$VERSION_CODENAME
case $(cat /etc/debian_version 2> /dev/null) in */sid) suite=sid ;; esac

wanted=()
note_wanted() { # the columns
  case $1 in
    *\[*) [ "${1#*\[}" != "$suite]" ] || wanted+=("${1%\[*}") ;;
    *) wanted+=("$1") ;;
  esac
}
each note_wanted

declare -A present=()
IFS='|' read -r -a names <<< "$(IFS='|'; echo "${wanted[*]}")"
while read -r name state; do
  [ "$state" = installed ] && present[${name%%:*}]=1
done < <(dpkg-query -W -f '${binary:Package} ${db:Status-Status}\n' "${names[@]}" 2> /dev/null || :)

# any_of A|B: whether one of them is installed.
any_of() {
  local name
  for name in ${1//|/ }; do
    [ -z "${present[$name]-}" ] || return 0
  done
  return 1
}

missing=()
for name in "${wanted[@]}"; do
  any_of "$name" || missing+=("$name")
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

# choose: fills `chosen`, for A|B with the first that apt knows, else with the last. (Not by way of
# grep -q, which ends before apt-cache has said all; that counts as a failure here.)
choose() {
  local name one policy
  chosen=()
  for name in "${missing[@]}"; do
    for one in ${name//|/ }; do
      policy=$(apt-cache policy "$one" 2> /dev/null) || policy=
      [[ ! $policy =~ Candidate:\ [0-9] ]] || break
    done
    chosen+=("$one")
  done
}

install() {
  choose
  apt install --no-install-recommends "${chosen[@]}" > "$log" 2>&1
}

say "installing ${#missing[@]} packages: ${missing[*]}"
if ! install; then
  # Most often the package lists are absent or too old.
  apt update > "$log" 2>&1 || { tail -n 5 "$log" >&2; die "apt-get update failed"; }
  install || { tail -n 5 "$log" >&2; die "cannot install: ${chosen[*]}"; }
fi
