#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Shows what kbtf saves on a small real kernel. Installs the packages in packages.txt, builds kbtf and
# Debian's newest kernel source, makes five edits, rebuilds after each with stock make and with kbtf
# make, and prints one table. At the end, kbtf verify checks every module.
#
# Takes about 7 minutes and 2.5 GB the first time; later runs reuse the kernel (in build/kernel, or
# $KBTF_TEST_KERNEL_DIR). Edits only copies of the kernel source. Runs its own daemon with its own
# directories, and stops it on any exit.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$top/tests/lib/common.sh"
case ${1-} in
  '') ;;
  -h | --help)
    sed -n '3,/^set/{s/^# \{0,1\}//;/^set/!p}' "${BASH_SOURCE[0]}"
    exit 0
    ;;
  *) die "takes no arguments (see --help)" ;;
esac

edits=(nothing touch body type module)
declare -A title=(
  [nothing]='nothing changed'
  [touch]='built-in file touched'
  [body]='function body edited'
  [type]='new built-in struct and function'
  [module]="one module's file edited"
)
declare -A seconds linked btf

private=$(mktemp -d)
clean_up() {
  clear_status
  [ ! -x "${kbtf-}" ] || timeout 20 "$kbtf" stop > /dev/null 2>&1 || :
  rm -rf "$private"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

"$top/tests/lib/install-packages.sh"
require_private_build_environment
export KBTF_RUNTIME_DIR=$private/runtime KBTF_STATE_DIR=$private/state
export KBTF_CACHE_DIR=$private/cache
mkdir -m 700 "$KBTF_RUNTIME_DIR" "$KBTF_STATE_DIR" "$KBTF_CACHE_DIR"

cd "$top"
[ -e build/release/build.ninja ] \
  || follow "configuring kbtf" "$private/configure.log" cmake --preset release \
  || exit 1
follow "building kbtf" "$private/build.log" cmake --build --preset release --target kbtf kbtfd || exit 1
kbtf=$top/build/release/client/kbtf

dir=$(tests/kernel/tree.sh dir)
exec 9> "$dir/lock"
flock -n 9 || die "another run uses $dir"
export KBTF_TEST_KERNEL_LOCKED=1
tests/kernel/tree.sh build
# From here on build as most developers do: with the build time in the kernel.
unset KBUILD_BUILD_TIMESTAMP

# replace FILE: reads the file's new text from standard input. The source consists of hard links.
replace() {
  cat > "$dir/src/$1.new"
  mv "$dir/src/$1.new" "$dir/src/$1"
}

append_type() { # FILE NAME
  { cat "$dir/src/$1"
    printf 'struct %s { int first; struct %s *next; };\nint %s_first(struct %s *p);\n' \
      "$2" "$2" "$2" "$2"
    printf 'int %s_first(struct %s *p) { return p->first; }\n' "$2" "$2"
  } | replace "$1"
}

edit() {
  case $1 in
    nothing) ;;
    touch) replace kernel/reboot.c < "$dir/src/kernel/reboot.c" ;;
    body)
      sed 's/^\tmachine_halt();$/\tpr_emerg("edited\\n");\n&/' "$dir/src/kernel/reboot.c" \
        | replace kernel/reboot.c
      ;;
    type) append_type kernel/reboot.c demo_type ;;
    module) append_type drivers/net/dummy.c demo_own_type ;;
  esac
}

# count WHAT LOG: counts lines such as "  LD [M]  net/8021q/8021q.ko"
count() {
  grep -cE "^  $1 +\[M\] +[^ ]+\.ko\$" "$2" || :
}

# measure SIDE [MAKE...]: resets the tree to the stock build, builds once to warm up, then times the edits.
measure() {
  local side=$1 edit log began
  shift
  local command=("$@" -C "$dir/src" O="$dir/obj" -j"$(nproc)" vmlinux modules)
  status "$side: a fresh copy of the kernel tree"
  tests/kernel/tree.sh reset
  append_type kernel/reboot.c demo_warm_up
  follow "$side: first build" "$private/$side.log" "${command[@]}" || exit 1
  [ "$side" = stock ] || timeout 60 "$kbtf" drain || die "kbtf drain failed"
  for edit in "${edits[@]}"; do
    edit "$edit"
    log=$private/$side-$edit.log
    began=$(date +%s%N)
    follow "$side: ${title[$edit]}" "$log" "${command[@]}" || exit 1
    seconds[$side-$edit]=$((($(date +%s%N) - began) / 100000000))
    linked[$side-$edit]=$(count LD "$log")
    btf[$side-$edit]=$(count BTF "$log")
  done
}

measure stock make
measure kbtf "$kbtf" make

modules=$(wc -l < "$dir/obj/modules.order")
echo
echo "Linux $(cat "$dir/obj/include/config/kernel.release"), $modules modules, $(nproc) CPUs," \
  "$(pahole --version); each after one warm-up build"
echo
printf '%-34s%26s     %26s\n' '' '---------- stock ---------' '---------- kbtf ----------'
printf '%-34s%8s%9s%9s     %8s%9s%9s\n' edit seconds 'LD [M]' 'BTF [M]' seconds 'LD [M]' 'BTF [M]'
for edit in "${edits[@]}"; do
  printf '%-34s' "${title[$edit]}"
  for side in stock kbtf; do
    s=${seconds[$side-$edit]}
    printf '%8s%9s%9s' "$((s / 10)).$((s % 10))" "${linked[$side-$edit]}" "${btf[$side-$edit]}"
    [ "$side" = kbtf ] || printf '     '
  done
  echo
done
echo
"$kbtf" verify "$dir/obj"
