# SPDX-License-Identifier: GPL-2.0-only
"""Steps that change a tool, a library of it, or the flags it gets. What a variant writes differs from
the real one's only for modules (or vmlinux is made again), so that vmlinux stays what it should be."""

import os
import shutil

from ..place import run
from .source_steps import stamp

# For modules: other BTF, one section less, another build id.
WRAPPERS = {"pahole": '{real} --skip_encoding_btf_enum64 "$@"',
            "objcopy": '{real} --remove-section .comment "$@"',
            "ld": '{real} "$@" --build-id=none'}
LINK_FLAGS = ("", "LDFLAGS_MODULE=--build-id=md5", "LDFLAGS_MODULE=--build-id=none")
BTF_FLAGS = ("", "--skip_encoding_btf_enum64", "--skip_encoding_btf_type_tag")

# A library that pahole loads by way of libdw; for ELF files without bzip2 libdw calls none of it.
# argp_parse is libc's: found here first, it sees pahole's arguments.
SHIM = r"""
#define _GNU_SOURCE
#include <argp.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
int BZ2_bzDecompressInit(void* s, int v, int small) { return -1; }
int BZ2_bzDecompress(void* s) { return -1; }
int BZ2_bzDecompressEnd(void* s) { return -1; }
#ifdef EFFECT
error_t argp_parse(const struct argp* argp, int argc, char** argv, unsigned flags, int* at, void* in) {
  __typeof__(argp_parse)* next = (__typeof__(argp_parse)*)dlsym(RTLD_NEXT, "argp_parse");
  char** more = calloc(argc + 2, sizeof *more);
  memcpy(more, argv, argc * sizeof *more);
  memmove(more + 2, more + 1, (argc - 1) * sizeof *more);
  more[1] = "--skip_encoding_btf_enum64";
  return next(argp, argc + 1, more, flags, at, in);
}
#endif
"""
LIBRARY = "libbz2.so.1.0"


class ToolSteps:
    def do_tool(self, name, kind):
        if self.change_tool(name, kind) and name == "ld":
            self.touch_without_btf()

    def change_tool(self, name, kind):
        """Real (along PATH), a copy, a copy with another content, a script that calls the real one
        with a flag more, or one that adds nothing. False: not done."""
        path = self.place.tools / name
        # Taken away the next one along PATH counts, and that is no newer than the modules.
        if kind == "real" and (self.amnesia or not path.exists()):
            return False
        self.unseen.add("tool")
        if kind == "real":
            path.unlink()
            return True
        real, fresh = shutil.which(name, path="/usr/bin:/bin"), path.with_name(name + ".new")
        if kind in ("copy", "byte"):
            shutil.copy(real, fresh)
            with open(fresh, "ab") as file:
                file.write(b"\n" if kind == "byte" else b"")
        else:
            words = (WRAPPERS[name] if kind == "wrapper" else '{real} "$@"').format(real=real)
            fresh.write_text(f"#!/bin/sh\nexec {words}\n")
        fresh.chmod(0o755)
        os.replace(fresh, path)
        return True

    def set_up_library(self):
        libraries = self.libraries()
        libraries.mkdir()
        for kind in ("plain", "effect"):
            source = self.place.dir / f"{kind}.c"
            source.write_text(("#define EFFECT\n" if kind == "effect" else "") + SHIM)
            made = run(["gcc", "-shared", "-fPIC", "-w", f"-Wl,-soname,{LIBRARY}", "-o",
                        self.place.dir / f"{kind}.so", source, "-ldl"], self.place.environment())
            if made.status != 0:
                raise AssertionError(f"a library for pahole: {made}")

    def libraries(self):
        return self.place.dir / "libraries" if self.profile.library else None

    def do_library(self, kind):
        if not self.profile.library:
            return
        path = self.libraries() / LIBRARY
        if kind == "absent":
            if path.exists() and self.note_unseen("tool"):
                path.unlink()
            return
        self.unseen.add("tool")
        fresh = path.with_name("new")
        shutil.copy(self.place.dir / f"{kind}.so", fresh)
        os.replace(fresh, path)

    # Flags on make's command line; they stay until they are changed.

    def do_mode(self, what, value):
        value = int(value)
        if value == self.modes[what] or (what == "btf" and not self.era.flags):
            return
        if what == "link":
            self.modes[what] = value  # in .x.ko.cmd, where make sees it
        elif self.note_unseen("flags"):
            self.modes[what] = value
            if self.btf_variable() == "PAHOLE_FLAGS":
                # vmlinux's too; where its command does not name them make would not see it.
                stamp(self.file("core.c"))
                self.base_old = True

    def btf_variable(self):
        return "PAHOLE_FLAGS" if "RESOLVE" in self.era.flags else self.era.flags

    def words(self):
        """Words on make's command line in every build, the clean one too."""
        words = [LINK_FLAGS[self.modes["link"]]]
        if self.modes["btf"]:
            flags = BTF_FLAGS[self.modes["btf"]]
            if self.btf_variable() == "PAHOLE_FLAGS":
                flags = "--btf_gen_floats " + flags
            words.append(f"{self.btf_variable()}={flags}")
        return tuple(word for word in words if word)

    def build_env(self):
        return {"LD_LIBRARY_PATH": self.libraries()} if self.profile.library else {}
