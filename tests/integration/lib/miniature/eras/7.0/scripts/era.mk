# SPDX-License-Identifier: GPL-2.0-only
# Kbuild 7.0 and 7.1: what a script needs is exported, its name is all that the command says.
KERNELVERSION := 7.1.0
era-order := o
era-external := directory
era-exports := PAHOLE_FLAGS RESOLVE_BTFIDS_FLAGS WARN_ON_UNUSED_TRACEPOINTS
WARN_ON_UNUSED_TRACEPOINTS := $(UT)
