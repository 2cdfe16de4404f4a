/* SPDX-License-Identifier: GPL-2.0-only */
struct list {
	struct list *next;
	struct list *prev;
};

struct device {
	int id;
	const char *name;
	struct list list;
	double weight;
};

int device_count(const struct device *first);
