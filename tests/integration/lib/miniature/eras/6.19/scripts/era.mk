# SPDX-License-Identifier: GPL-2.0-only
# Kbuild 6.19: as 6.13, with a third line in the recipe.
KERNELVERSION := 6.19.0
era-order := o
era-external := directory
era-exports := PAHOLE_FLAGS MODULE_PAHOLE_FLAGS WARN_ON_UNUSED_TRACEPOINTS
MODULE_PAHOLE_FLAGS := --skip_encoding_btf_decl_tag
WARN_ON_UNUSED_TRACEPOINTS := $(UT)
