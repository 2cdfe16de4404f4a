// SPDX-License-Identifier: GPL-2.0-only
// Carries the BTF of vmlinux.
const int btf_vmlinux_is_here = 1;
