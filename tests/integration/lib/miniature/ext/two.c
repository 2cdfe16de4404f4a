// SPDX-License-Identifier: GPL-2.0-only
#include "ext.h"

int ext_two(struct ext_device *given)
{
	return device_count(&given->device) + given->options;
}
