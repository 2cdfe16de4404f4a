#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Installs the packages in packages.txt, builds kbtf and runs every test: unit tests (ctest),
# integration tests (each program in tests/integration; exit status 77 means skipped), and the
# scenarios with a real kernel. Prints "N passed, N failed" as the last line; fails if any test did.
#
# usage: check.sh [--quick]      (--quick skips the real kernel)
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$top"
. tests/lib/common.sh
quick=
case ${1-} in
  '') ;;
  --quick) quick=1 ;;
  -h | --help)
    sed -n '3,/^set/{s/^# \{0,1\}//;/^set/!p}' "${BASH_SOURCE[0]}"
    exit 0
    ;;
  *) die "usage: check.sh [--quick]" ;;
esac

logs=$top/build/check-logs
rm -rf "$logs"
mkdir -p "$logs"
passed=0 failed=0 skipped=0

# add PASSED FAILED SKIPPED
add() {
  passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
}

finish() {
  local text="$passed passed, $failed failed"
  [ "$skipped" = 0 ] || text="$text, $skipped skipped"
  say "$text"
  [ "$failed" = 0 ] && [ "$passed" != 0 ]
  exit
}

build() {
  [ -e build/release/build.ninja ] \
    || follow "configuring kbtf" "$logs/configure.log" cmake --preset release || return 1
  follow "building kbtf" "$logs/build.log" cmake --build --preset release
}

# number NAME FILE: the first NAME="..." of a JUnit report, or 0
number() {
  local found
  found=$(grep -o "\b$1=\"[0-9]*\"" "$2" 2> /dev/null | head -n 1 | tr -dc 0-9)
  echo "${found:-0}"
}

unit_tests() {
  local report=$logs/ctest.xml log=$logs/ctest.log rc=0 all bad left
  say "== unit tests"
  ctest --preset release -j"$(nproc)" --output-junit "$report" > "$log" 2>&1 || rc=$?
  all=$(number tests "$report") bad=$(number failures "$report") left=$(number skipped "$report")
  left=$((left + $(number disabled "$report")))
  # A run that fails without a failed test, or runs none, is a failure too.
  [ "$bad" != 0 ] || { [ "$rc" = 0 ] && [ "$all" != 0 ]; } || { bad=1 all=$((all + 1)); }
  add "$((all - bad - left))" "$bad" "$left"
  [ "$bad" = 0 ] || { tail -n 40 "$log"; say "    log: $log"; }
}

# run_integration_test TEST: writes its output to NAME.log, its exit status to NAME.status.
run_integration_test() {
  local name=${1##*/} rc=0
  timeout -k 10 600 "$1" > "$logs/$name.log" 2>&1 < /dev/null || rc=$?
  echo "$rc" > "$logs/$name.status"
}

# Runs one test per CPU at a time: each has its own directories and its own daemon.
integration_tests() {
  local test name rc
  say "== integration tests"
  for test in tests/integration/*; do
    [ -f "$test" ] && [ -x "$test" ] || continue
    status "${test##*/}"
    while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n || true; done
    run_integration_test "$test" &
  done
  wait
  for test in tests/integration/*; do
    [ -f "$test" ] && [ -x "$test" ] || continue
    name=${test##*/}
    rc=$(cat "$logs/$name.status" 2> /dev/null || echo none)
    case $rc in
      0) add 1 0 0 ;;
      77)
        add 0 0 1
        say "skipped: $name: $(tail -n 1 "$logs/$name.log")"
        ;;
      *)
        add 0 1 0
        clear_status
        tail -n 15 "$logs/$name.log"
        say "failed: $name (status $rc), log: $logs/$name.log"
        ;;
    esac
  done
}

# The last line of the scenarios says how many passed.
kernel_tests() {
  local log=$logs/scenarios.log rc=0 words
  say "== real kernel"
  tests/kernel/tree.sh build || { add 0 1 0; return; }
  tests/kernel/scenarios --logs "$logs/scenarios" 2>&1 | tee "$log" || rc=$?
  read -r -a words < <(tail -n 1 "$log" | tr -d ,)
  if [ "${words[1]-}" = passed ] && [ "${words[3]-}" = failed ]; then
    add "${words[0]}" "${words[2]}" "${words[4]-0}"
    [ "$rc" = 0 ] || [ "${words[2]}" != 0 ] || add 0 1 0
  else
    add 0 1 0
  fi
}

tests/lib/install-packages.sh
if ! build; then
  add 0 1 0
  finish
fi
unit_tests
integration_tests
[ -n "$quick" ] || kernel_tests
finish
