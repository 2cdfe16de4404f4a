# SPDX-License-Identifier: GPL-2.0-only
# Proposed: vmlinux is linked once more after the modules.
KERNELVERSION := 7.4.0
era-order := o
era-external := directory
era-exports := PAHOLE_FLAGS RESOLVE_BTFIDS_FLAGS WARN_ON_UNUSED_TRACEPOINTS
WARN_ON_UNUSED_TRACEPOINTS := $(UT)
era-last-vmlinux := y
