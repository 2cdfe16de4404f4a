#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Unpacks Debian's newest linux-source that is installed (or that of $KBTF_TEST_KERNEL, such as 6.1)
# and builds the small kernel of tiny.config, once, with gcc and the installed pahole, or, as
# $KBTF_TEST_TOOLS says, with "llvm" (LLVM=1) or "pahole" (the one that $KBTF_TEST_PAHOLE names).
# Below the cache directory ($KBTF_TEST_KERNEL_DIR, else build/kernel of this checkout, with -6.1,
# -llvm or -pahole behind it for what is not 6.12 or the default):
#
#   pristine/    the source as unpacked, never edited (what the configuration cannot use is left out)
#   obj.stock/   the finished objtree of the stock build, never used for builds
#   src/, obj/   the paths that every build uses: copies of the two, made by "tree.sh reset"
#
# An objtree has its own path in its debug information and commands, so it is built at obj/, kept
# as obj.stock/ and copied back. src/ holds hard links: replace its files, never write into them.
# Each step ends in a rename, so an interrupted run goes on where it was.
#
# A kernel that passes -j to pahole in every build (6.1) is built without it, see without-j/pahole.
#
# usage: tree.sh [build|reset|dir|version]  (build is the default; reset builds first if need be)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../lib/common.sh"
require_private_build_environment

newest() {
  local found
  found=$(printf '%s\n' /usr/src/linux-source-*.tar.xz | sort -V | tail -n 1)
  found=${found##*-source-}
  echo "${found%.tar.xz}"
}

version=${KBTF_TEST_KERNEL:-$(newest)}
tarball=/usr/src/linux-source-$version.tar.xz
config=$here/tiny.config
tools=${KBTF_TEST_TOOLS-}
suffix=-$version${tools:+-$tools}
dir=${KBTF_TEST_KERNEL_DIR:-$here/../../build/kernel}${suffix#-6.12}
mkdir -p "$dir" || die "cannot make $dir"
dir=$(cd "$dir" && pwd -P)

# A folder "tools" with what comes first in PATH, and the variables that make gets: see
# harness/kernel.py, environment(), which has the same.
use_tools() {
  case $tools in
    '') ;;
    llvm)
      # clang takes -fno-var-tracking for a mistake.
      unset KCFLAGS
      export LLVM=1
      ;;
    pahole)
      # Newer ones leave functions out whose parameters they cannot follow without it.
      unset KCFLAGS
      [ -x "${KBTF_TEST_PAHOLE-}" ] || die "KBTF_TEST_PAHOLE names no pahole: '${KBTF_TEST_PAHOLE-}'"
      mkdir -p "$dir/tools"
      ln -sfn "$(realpath "$KBTF_TEST_PAHOLE")" "$dir/tools/pahole"
      PATH=$dir/tools:$PATH
      ;;
    *) die "KBTF_TEST_TOOLS is llvm, pahole or empty, not '$tools'" ;;
  esac
}

# What the objtree depends on; another value throws it away.
recipe() {
  { cat "$config" "${BASH_SOURCE[0]}" "$here/without-j/pahole"; stat -c '%s %Y' "$tarball"; echo "$dir"
    echo "${KCFLAGS-}"; gcc --version; ld --version; pahole --version
    [ "$tools" != llvm ] || clang --version; } 2>&1 | sha256sum | cut -c -32
}

# The sources that no configuration of ours compiles: 1.2 of 1.6 GB, 60,000 of 92,000 files.
unpack() {
  local skip=() d
  for d in drivers/{gpu,media,accel,staging,infiniband,scsi,clk,usb,iio,mtd,hwmon} \
    drivers/net/{ethernet,wireless} sound; do
    skip+=(--exclude="linux-source-$version/$d/*.[chS]")
  done
  status "unpacking $tarball"
  rm -rf "$dir/pristine" "$dir/pristine.new"
  mkdir "$dir/pristine.new"
  tar -xf "$tarball" -C "$dir/pristine.new" --strip-components=1 --wildcards "${skip[@]}" \
    --exclude="linux-source-$version/Documentation/*.*" \
    --exclude="linux-source-$version/tools/testing" \
    --exclude="linux-source-$version/arch/*/boot/dts" || die "cannot unpack $tarball"
  mv "$dir/pristine.new" "$dir/pristine"
}

copy_source() {
  rm -rf "$dir/src" "$dir/src.new"
  cp -al "$dir/pristine" "$dir/src.new"
  mv "$dir/src.new" "$dir/src"
}

kernel_make() {
  make -C "$dir/src" O="$dir/obj" -j"$(nproc)" "$@"
}

build() {
  local want
  [ -r "$tarball" ] || die "$tarball is missing (a package linux-source-$version)"
  want=$(recipe)
  [ -d "$dir/obj.stock" ] && [ "$(cat "$dir/recipe" 2> /dev/null)" = "$want" ] && return
  [ -d "$dir/pristine" ] || unpack
  if [ "$(cat "$dir/recipe" 2> /dev/null)" != "$want" ]; then
    rm -rf "$dir/obj" "$dir/obj.stock"
    echo "$want" > "$dir/recipe"
  fi
  if [ ! -e "$dir/obj/.config" ]; then
    copy_source
    rm -rf "$dir/obj"
    mkdir "$dir/obj"
    KCONFIG_ALLCONFIG=$config follow "configuring the kernel" "$dir/config.log" \
      kernel_make allnoconfig
  fi
  [ ! -e "$dir/pristine/scripts/pahole-flags.sh" ] || PATH=$here/without-j:$PATH
  follow "building the kernel" "$dir/build.log" kernel_make vmlinux modules
  mv "$dir/obj" "$dir/obj.stock"
  say "kernel built: $(wc -l < "$dir/obj.stock/modules.order") modules, $SECONDS s"
}

reset() {
  rm -rf "$dir"/obj "$dir"/obj.[!s]*
  copy_source
  cp -a "$dir/obj.stock" "$dir/obj.new"
  mv "$dir/obj.new" "$dir/obj"
}

# One user of src/ and obj/ at a time. A caller that holds the lock for longer says so.
if [ -z "${KBTF_TEST_KERNEL_LOCKED-}" ]; then
  exec 9> "$dir/lock"
  flock -n 9 || die "another run uses $dir"
fi
case ${1-build} in
  build) use_tools; build ;;
  reset) use_tools; build; reset ;;
  dir) echo "$dir" ;;
  version) echo "$version" ;;
  *) die "usage: tree.sh [build|reset|dir|version]" ;;
esac
