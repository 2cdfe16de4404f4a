# SPDX-License-Identifier: GPL-2.0-only
"""Scenario tests of kbtf with a real kernel.

process   runs a command under a deadline and hands its lines on while it runs
elf       reads sections of an ELF file
kfuncs    names the kernel functions and flags in a module's .BTF_ids
kernel    the source and object tree, edits, stock builds and what they print
session   one kbtf with directories of its own, and its daemon
oracle    what a clean stock build of the same inputs leaves
check     what a scenario may ask and expect; failures are collected, not thrown
runner    the list of scenarios, their order, logs and result
cases_*   the scenarios
"""
