# SPDX-License-Identifier: GPL-2.0-only
"""What the integration tests share. They run the real kbtfd and kbtf, and build no kernel.

place      directories of one test, its environment, its daemon, running programs
guest      the same for another user
wire       the protocol, spoken by hand
listeners  things on the socket that are no kbtfd
tree       the miniature kernel tree: copying, editing, building it
case       unittest cases on top of these, and main()
running    make, with something done at a line of its output
mounts     file systems of a test's own; mount_case builds there
hostile    a build with something odd in a file's place
elf        sections of a file
random/    sequences of steps from a seed, and what is asked after each build
faults/    a daemon that dies, or is told that the disk is full, at its Nth call
miniature/ the tree's files
"""
