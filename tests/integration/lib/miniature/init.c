// SPDX-License-Identifier: GPL-2.0-only
#include <generated/utsrelease.h>
#include "types.h"

struct boot_state {
	enum { BOOT_EARLY, BOOT_LATE } phase;
	struct device root;
};

struct boot_state boot_state;
const char linux_banner[] = "miniature " UTS_RELEASE;

void start_kernel(void)
{
	boot_state.phase = device_count(&boot_state.root) ? BOOT_LATE : BOOT_EARLY;
}
