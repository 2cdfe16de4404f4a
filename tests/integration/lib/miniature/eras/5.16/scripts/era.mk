# SPDX-License-Identifier: GPL-2.0-only
# Kbuild 5.16 to 6.2: the saved command is cmd_$@, modules.order lists .ko files.
KERNELVERSION := 6.1.0
era-order := ko
era-vermagic := mod.c
era-external := prefix
era-exports := MODORDER extmod_prefix PAHOLE_FLAGS
