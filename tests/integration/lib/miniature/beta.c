// SPDX-License-Identifier: GPL-2.0-only
#include "types.h"

struct beta_private {
	struct device device;
	int beta_mode;
	union { long number; void *pointer; } value;
};

int beta_probe(struct beta_private *private)
{
	return device_count(&private->device) + private->beta_mode;
}
