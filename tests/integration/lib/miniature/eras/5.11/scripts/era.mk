# SPDX-License-Identifier: GPL-2.0-only
# Kbuild 5.11 to 5.15: as 5.16, and pahole's flags are vmlinux's own business.
KERNELVERSION := 5.15.0
era-order := ko
era-vermagic := mod.c
era-external := prefix
era-exports := MODORDER extmod_prefix
