# SPDX-License-Identifier: GPL-2.0-only
# Kbuild 6.13 to 6.18: M= is a directory to work in, and there is no MODORDER.
KERNELVERSION := 6.18.0
era-order := o
era-external := directory
era-exports := PAHOLE_FLAGS MODULE_PAHOLE_FLAGS
MODULE_PAHOLE_FLAGS := --skip_encoding_btf_decl_tag
