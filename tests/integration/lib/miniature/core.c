// SPDX-License-Identifier: GPL-2.0-only
#include "shared.h"
#include "types.h"

struct queue main_queue;

int device_count(const struct device *first)
{
	int count = 0;
	const struct list *at = &first->list;

	while (at) {
		count += 1;
		at = at->next;
	}
	return count + (int)main_queue.head;
}
