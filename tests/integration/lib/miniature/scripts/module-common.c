// SPDX-License-Identifier: GPL-2.0-only
#include <generated/utsrelease.h>
const char module_vermagic[] = UTS_RELEASE " miniature";
