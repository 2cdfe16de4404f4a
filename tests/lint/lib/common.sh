# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What the lints share. Source it from a lint: it goes to the root of the checkout that the lint is
# in. A lint ends with status 0 (passed), 77 (skipped: the last line says why) or another (failed).
cd "$(dirname "${BASH_SOURCE[0]}")/../../.." || exit 1

# skip WHY: one line, and nothing failed.
skip() {
  echo "$*"
  exit 77
}

# need COMMAND: skips where it is not installed.
need() {
  command -v "$1" > /dev/null || skip "$1 is not installed"
}

# tracked [PATHSPEC...]: fills `files` with the tracked files that are there.
tracked() {
  local file all=()
  need git
  git ls-files --error-unmatch check.sh > /dev/null 2>&1 || skip "this is not a git checkout"
  mapfile -d '' -t all < <(git ls-files -z -- "$@")
  files=()
  for file in "${all[@]}"; do
    [ ! -f "$file" ] || files+=("$file")
  done
  # A pattern that matches nothing would pass for ever.
  [ ${#files[@]} -gt 0 ] || { echo "no tracked file matches $*"; exit 1; }
}

# llvm_tool NAME: sets `tool` to NAME of version 14, which is Debian 12's. Another major version
# formats otherwise and has other checks: what one wants, the next complains of.
llvm_tool() {
  local found='' text
  for tool in "$1-14" "$1"; do
    command -v "$tool" > /dev/null || continue
    text=$("$tool" --version)
    [[ $text =~ version\ ([0-9]+) ]] || continue
    found=${BASH_REMATCH[1]}
    [ "$found" != 14 ] || return 0
  done
  [ -n "$found" ] || skip "$1 is not installed"
  skip "$1 is version $found, not 14"
}

# configured: build/release has what clang-tidy needs: headers that CMake writes, and commands.
configured() {
  [ -e build/release/compile_commands.json ] || cmake --preset release \
    || skip "build/release cannot be configured"
}
