# SPDX-License-Identifier: GPL-2.0-only
# Kbuild 7.2 and 7.3.
KERNELVERSION := 7.3.0
era-order := o
era-external := directory
era-exports := PAHOLE_FLAGS RESOLVE_BTFIDS_FLAGS WARN_ON_UNUSED_TRACEPOINTS
WARN_ON_UNUSED_TRACEPOINTS := $(UT)
