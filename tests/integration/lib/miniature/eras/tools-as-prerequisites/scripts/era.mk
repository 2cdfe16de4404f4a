# SPDX-License-Identifier: GPL-2.0-only
# Proposed: resolve_btfids and gen-btf.sh are prerequisites.
KERNELVERSION := 7.4.0
era-order := o
era-external := directory
era-exports := PAHOLE_FLAGS RESOLVE_BTFIDS_FLAGS WARN_ON_UNUSED_TRACEPOINTS
WARN_ON_UNUSED_TRACEPOINTS := $(UT)
