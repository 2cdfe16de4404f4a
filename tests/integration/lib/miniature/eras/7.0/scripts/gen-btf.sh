#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Gives an ELF file a .BTF section, by way of files beside it. Adding it fails where there is one.
# usage: gen-btf.sh [--btf_base BASE] FILE
set -e
case ${KBUILD_VERBOSE} in *1*) set -x ;; esac
base=
if [ "$1" = --btf_base ]; then
  base=$2
  shift 2
fi
file=$1
trap 'rm -f "$file.BTF.1" "$file.BTF" "$file.BTF.base"' EXIT

if [ -n "$base" ] && [ "${file##*/}" = btf_vmlinux.ko ]; then
  # The module that carries the BTF of vmlinux.
  ${OBJCOPY} -O binary --only-section=.BTF --set-section-flags .BTF=alloc,load,readonly \
    "$base" "$file.BTF"
else
  # Flags are lists of words.
  # shellcheck disable=SC2086
  ${PAHOLE} -J ${PAHOLE_FLAGS} ${base:+--btf_base "$base"} --btf_encode_detached="$file.BTF.1" "$file"
  # shellcheck disable=SC2086
  ${RESOLVE_BTFIDS} ${RESOLVE_BTFIDS_FLAGS} ${base:+--btf_base "$base"} --btf "$file.BTF.1" "$file"
fi
${OBJCOPY} --add-section .BTF="$file.BTF" "$file"
if [ -f "$file.BTF.base" ]; then
  ${OBJCOPY} --add-section .BTF.base="$file.BTF.base" "$file"
fi
