# SPDX-License-Identifier: GPL-2.0-only
# Kbuild 6.3 to 6.12.
KERNELVERSION := 6.12.0
# What modules.order lists, and whether M= means a prefix of the names or another directory.
era-order := o
# Where the release is besides vmlinux: in each .mod.c, or in .module-common.o.
era-vermagic :=
era-external := prefix
era-exports := MODORDER extmod_prefix PAHOLE_FLAGS MODULE_PAHOLE_FLAGS
MODULE_PAHOLE_FLAGS := --skip_encoding_btf_decl_tag
