/* SPDX-License-Identifier: GPL-2.0-only */
#include "types.h"
struct ext_device {
	struct device device;
	int options;
};
