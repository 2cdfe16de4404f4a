#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Makes objtrees in which the kernel's own scripts/Makefile.modfinal has the modules of a Debian
# kernel to link and to give BTF, without compiling that kernel. Takes the source and the host
# tools of the small test kernel (tests/kernel/tree.sh), and the modules, whole with code, DWARF
# and BTF, from the newest linux-image-6.12.*-FLAVOUR-dbg package (or that of the version that
# tree.sh takes): each becomes its own "foo.o" with .BTF removed; vmlinux is the package's. Below
# $KBTF_BENCH_DIR, else build/bench, made once:
#
#   FLAVOUR/base/    the objtree, nothing linked yet
#   FLAVOUR/other/   vmlinux with one more type in its BTF
#
# usage: tree.sh [FLAVOUR]      cloud-amd64 (the default: 1,140 modules, 4 GB) or amd64 (4,230, 14 GB)
#        tree.sh dir [FLAVOUR]  prints the directory
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../lib/common.sh"
top=$(cd "$here/../.." && pwd)
if [ "${1-}" = dir ]; then
  print_dir=1
  shift
fi
flavour=${1:-cloud-amd64}
dir=${KBTF_BENCH_DIR:-$top/build/bench}/$flavour
mkdir -p "$dir" || die "cannot make $dir"
dir=$(cd "$dir" && pwd -P)
[ -z "${print_dir-}" ] || { echo "$dir"; exit 0; }

# The newest package by version; nothing is installed, only unpacked.
fetch() {
  local name version
  version=$("$here/../kernel/tree.sh" version)
  name=$(apt-cache search --names-only \
    "^linux-image-${version//./\\.}\.[0-9]+\+deb[0-9]+-$flavour-dbg\$" \
    | cut -d' ' -f1 | sort -V | tail -n 1)
  [ -n "$name" ] || die "apt knows no linux-image-$version.*-$flavour-dbg (apt-get update?)"
  status "downloading $name"
  ls "$dir/$name"_*.deb > /dev/null 2>&1 \
    || (cd "$dir" && apt-get download -q "$name") > "$dir/fetch.log" 2>&1 \
    || die "cannot download $name, see $dir/fetch.log"
  status "unpacking $name"
  rm -rf "$dir/dbg"
  dpkg -x "$dir/$name"_*.deb "$dir/dbg"
  echo "$name" > "$dir/package"
}

make_base() {
  local kernel modules ko base n=0
  kernel=$("$here/../kernel/tree.sh" dir)
  fetch
  rm -rf "$dir/base.new"
  mkdir -p "$dir/base.new/tools/bpf/resolve_btfids"
  cp -r "$kernel/obj.stock/include" "$kernel/obj.stock/scripts" "$dir/base.new/"
  cp "$kernel/obj.stock/tools/bpf/resolve_btfids/resolve_btfids" \
    "$dir/base.new/tools/bpf/resolve_btfids/"
  cp "$kernel/obj.stock/.module-common.o" "$dir/base.new/"
  # Since 7.x this is a link to a file beside the modules.
  mv "$(readlink -f "$dir"/dbg/usr/lib/debug/boot/vmlinux-*)" "$dir/base.new/vmlinux"
  modules=$(ls -d "$dir"/dbg/usr/lib/debug/lib/modules/*/kernel)
  echo 'int kbtf_mod_o;' | gcc -c -g -x c -o "$dir/base.new/.one.mod.o" -
  while read -r ko; do
    base=${ko%.ko}
    mkdir -p "$dir/base.new/$(dirname "$ko")"
    objcopy -R .BTF "$modules/$ko" "$dir/base.new/$base.o"
    rm "$modules/$ko"
    ln "$dir/base.new/.one.mod.o" "$dir/base.new/$base.mod.o"
    echo "$base.o"
    n=$((n + 1))
    status "preparing modules: $n" >&2
  done < <(cd "$modules" && find . -name '*.ko' | sed 's#^\./##' | LC_ALL=C sort) \
    > "$dir/base.new/modules.order"
  # .module-common.o is there already: this "compiler" only writes what fixdep reads.
  cat > "$dir/base.new/.fakecc" << 'CC'
#!/bin/sh
for a in "$@"; do case $a in -Wp,-MMD,*) echo "x: /dev/null" > "${a#-Wp,-MMD,}";; esac; done
CC
  chmod +x "$dir/base.new/.fakecc"
  mv "$dir/base.new" "$dir/base"
  rm -rf "$dir/dbg"
}

# The same vmlinux with other BTF, as a new built-in type makes it.
make_other() {
  local tool=$top/build/release/tests/bench/kbtf_mutate_base
  [ -x "$tool" ] || die "$tool is not there; build kbtf first"
  status "a base with one more type"
  rm -rf "$dir/other"
  mkdir "$dir/other"
  objcopy --dump-section .BTF="$dir/other/old.btf" "$dir/base/vmlinux" "$dir/other/vmlinux.new"
  "$tool" "$dir/other/old.btf" "$dir/other/new.btf"
  objcopy --remove-section=.BTF --add-section=.BTF="$dir/other/new.btf" "$dir/base/vmlinux" \
    "$dir/other/vmlinux.new" 2> /dev/null
  mv "$dir/other/vmlinux.new" "$dir/other/vmlinux"
}

"$here/../kernel/tree.sh" build
[ -d "$dir/base" ] || make_base
[ -e "$dir/other/vmlinux" ] || make_other
say "$(wc -l < "$dir/base/modules.order") modules in $dir/base"
