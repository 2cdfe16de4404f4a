#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: link-vmlinux.sh VMLINUX OBJECT...
set -e
to=$1
shift
${LD} -e start_kernel -o "$to" "$@"
LLVM_OBJCOPY="${OBJCOPY}" ${PAHOLE} -J --btf_gen_floats "$to"
