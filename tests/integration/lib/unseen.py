# SPDX-License-Identifier: GPL-2.0-only
"""A tool that fails on cue. A wrapper script would be part of the tool key with all that it reads;
this program is an ELF file with the texts of the real tools, and starts a script by a system call
of its own: the one thing that daemon/tools/program_look.hpp does not see."""

import os
import subprocess

SOURCE = r"""
#include <sys/syscall.h>
#include <unistd.h>
extern char **environ;
__attribute__((used)) static const char looks_like_pahole_and_ld[] =
  "btf_base expand_pointers show_private_classes nr_methods "
  "build-id as-needed whole-archive emit-relocs no-undefined";
int main(int argc, char **argv)
{
	char *args[argc + 2];
	args[0] = "/bin/sh";
	args[1] = SCRIPT;
	for (int i = 1; i <= argc; ++i)
		args[i + 1] = argv[i];
	return syscall(SYS_execve, args[0], args, environ) ? 126 : 0;
}
"""


def install(program, script):
    """Puts such a program at the path `program`; it runs `script`, as it is then."""
    fresh = program.with_name(program.name + ".new")
    subprocess.run(["cc", "-x", "c", "-o", fresh, f'-DSCRIPT="{script}"', "-"], check=True,
                   input=SOURCE.encode())
    os.replace(fresh, program)
    return program
