# SPDX-License-Identifier: GPL-2.0-only
"""What the rows of the table share. The first line of a test's docstring is the name of its row in
docs/compatibility.md; a test that is skipped says why in words that can stand there."""

import copy
import os
import re
import shutil

from .case import BuildCase
from .eras import EXTERNAL
from .place import KBTF, run
from .tree import Build


def renumbering(test):
    """In this row the daemon may renumber; the others count BTF steps."""
    test.renumber = True
    return test


class TableCase(BuildCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        prefix = cls.era.external == "prefix"
        cls.external = [name if prefix else name.split("/")[1] for name in EXTERNAL]
        cls.external_btf = [] if cls.era.name == "module-base" else cls.external
        if not cls.external_btf:
            cls.without_btf |= {*cls.external, *EXTERNAL}

    def given_btf(self, *modules, base=False):
        return [name for name in self.with_btf if base or name in modules]

    def skip_without_split_btf(self):
        if self.with_btf != self.modules:
            self.skipTest("the one module with BTF has vmlinux's in this era")

    def make_room(self):
        """A base behind which libbpf's table of types has room for a module's own. Where modules
        get no --btf_gen_floats they have structs with floats for themselves, by names that the base
        has too, and are not renumbered if the table grows."""
        if not self.era.flags:
            for _ in range(20):
                self.tree.add_type()

    def prepare_renumbering(self):
        self.skip_without_split_btf()
        self.make_room()
        self.assertEqual(self.tree.make().status, 0)
        self.place.drain()

    def dot_cmd(self, module):
        path = self.tree.path / module
        return path.with_name(f".{path.name}.cmd")

    def tools_that(self, action, module):
        """Whatever writes the module's BTF does `action` instead while the returned file is there.
        The tools are other files than before, so each module has a BTF step here."""
        mark = self.place.dir / "mark"
        for tool in ("pahole", "objcopy"):
            self.tool(tool, f'if [ -e {mark} ]; then case " $* " in *" {module} "*) {action} ;; '
                            f'esac; fi\nexec {shutil.which(tool)} "$@"\n')
        self.stage(self.tree.make(), [], self.with_btf)
        self.place.drain()
        mark.touch()
        return mark

    def below(self, where, modules=None):
        return [f"{where}/{name}" for name in modules or self.modules]

    def parent_make(self, goals, *options, make="make", **env):
        """A make whose recipes run kbtf make, and by that themselves, with each goal's words."""
        file = self.place.dir / "parent.mk"
        names = [f"goal-{number}" for number in range(len(goals))]
        file.write_text(f".PHONY: all {' '.join(names)}\nall: {' '.join(names)}\n" + "".join(
            f"{name}:\n\t+@MAKE=$(MAKE) {KBTF} make -C {self.tree.path} {words}\n"
            for name, words in zip(names, goals)))
        return Build(run([make, "-f", file, "--no-print-directory", *options],
                         self.place.environment(**env), self.place.dir))

    def at(self, path):
        """The tree at another path."""
        other = copy.copy(self.tree)
        other.path = path
        return other

    def make_in(self, directory, *words):
        return Build(self.place.kbtf("make", *words, cwd=directory))

    def contents(self):
        return {name: data for name, (data, _) in self.tree.snapshot().items()}


def fifo_make():
    """A GNU make of 4.4 or later, which passes its job slots on in a fifo, or None."""
    return first_since((4, 4), os.environ.get("KBTF_TEST_FIFO_MAKE"), "make", "gmake")


def newer_pahole():
    """A pahole of 1.29 or later, which is the same on every run with -j, or None."""
    return first_since((1, 29), os.environ.get("KBTF_TEST_PAHOLE"), "pahole")


def first_since(version, *names):
    """The first of these programs that is there and as new as that."""
    for name in names:
        path = shutil.which(name) if name else None
        if not path:
            continue
        found = re.search(r"(\d+)\.(\d+)", run([path, "--version"], {"LC_ALL": "C"}).stdout)
        if found and tuple(map(int, found.groups())) >= version:
            return path
    return None
