// SPDX-License-Identifier: GPL-2.0-only
const char module_vermagic[] = "6.12.0 miniature";
