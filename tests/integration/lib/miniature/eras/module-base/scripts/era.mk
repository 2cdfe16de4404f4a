# SPDX-License-Identifier: GPL-2.0-only
# Proposed: CONFIG_DEBUG_INFO_BTF=m.
KERNELVERSION := 7.4.0
era-order := o
era-external := directory
era-exports := PAHOLE_FLAGS RESOLVE_BTFIDS_FLAGS WARN_ON_UNUSED_TRACEPOINTS
WARN_ON_UNUSED_TRACEPOINTS := $(UT)
era-objects := kernel/btf_vmlinux.o
