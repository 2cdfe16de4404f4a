// SPDX-License-Identifier: GPL-2.0-only
#include "shared.h"
#include "types.h"

struct gamma_port {
	struct queue queue;
	struct device *owner;
};

unsigned long gamma_length(const struct gamma_port *port)
{
	return port->queue.tail - port->queue.head + (unsigned long)device_count(port->owner);
}
