/* SPDX-License-Identifier: GPL-2.0-only */
/* Included by core.c, which is built in, and by net/gamma.c, a module. */
struct queue {
	unsigned long head;
	unsigned long tail;
	struct queue *next;
};
