/* SPDX-License-Identifier: GPL-2.0-only */
#include "types.h"
struct queue;
struct ext_device {
	struct device device;
	struct queue *queue;
	int options;
};
