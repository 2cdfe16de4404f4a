// SPDX-License-Identifier: GPL-2.0-only
#include "types.h"

struct alpha_private {
	struct device device;
	int alpha_mode;
	union { long number; void *pointer; } value;
};

int alpha_probe(struct alpha_private *private)
{
	return device_count(&private->device) + private->alpha_mode;
}
