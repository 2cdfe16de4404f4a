# SPDX-License-Identifier: GPL-2.0-only
"""Cases with tools of their own, which change."""

import os
import subprocess

from .case import BuildCase

# Two paholes that write other bytes into modules, and the same into vmlinux, which nobody links
# again when a tool changes.
OLD = 'exec /usr/bin/pahole "$@"\n'
NEW = ('/usr/bin/pahole "$@" || exit\ncase "$*" in *--btf_base*) for file; do :; done\n'
       '/usr/bin/objcopy --remove-section .comment "$file" ;; esac\n')


class ToolCase(BuildCase):
    def setUp(self):
        super().setUp()
        self.opt = self.place.dir / "opt"
        self.opt.mkdir()
        first, rest = self.place.env["PATH"].split(":", 1)
        self.place.env["PATH"] = f"{first}:{self.opt}:{rest}"
        self.place.env["CCACHE_DIR"] = str(self.place.dir / "ccache")

    def script(self, path, text, shell="#!/bin/sh\n"):
        """A script, replaced as an installation replaces it."""
        fresh = path.with_name(path.name + ".new")
        fresh.write_text(shell + text)
        fresh.chmod(0o755)
        os.replace(fresh, path)
        return path

    def compiled(self, path, source, *flags):
        subprocess.run(["cc", *flags, "-x", "c", "-o", path, "-"], input=source.encode(),
                       check=True)
        return path

    def pahole(self, text, name="real-pahole"):
        """The program behind whatever stands for pahole."""
        return self.script(self.opt / name, text)

    def like(self, text):
        """The modules are those of a clean build with that pahole."""
        which = "old" if text == OLD else "new"
        self.like_clean(f"PAHOLE={self.script(self.place.dir / which, text)}")

    def followed(self, make, change):
        """`make` builds; after `change` each module gets its BTF step, and is as it should be."""
        self.stage(make(), [], self.with_btf)
        self.like(OLD)
        self.place.drain()  # a program that runs cannot be written
        self.stage(make(), [], [])
        change()
        self.stage(make(), [], self.with_btf)
        self.like(NEW)
        self.stage(make(), [], [])
        self.place.drain()

    def refused(self, make, *words):
        """`make` builds as stock does and says why."""
        for _ in range(2):
            build = make()
            self.assertEqual(build.status, 0, build.result)
            self.one_line(build.result, "falling back to the stock build", *words)
            self.assertEqual(build.summary, [])
