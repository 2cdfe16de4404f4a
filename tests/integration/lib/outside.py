# SPDX-License-Identifier: GPL-2.0-only
"""Where the objects are and what they are made with, once for every era."""

import shutil

from .place import run
from .table import TableCase, renumbering


class Outside(TableCase):
    """Nothing is built in the source tree."""

    first_build = False

    def follow(self, where, *words):
        """A first build, nothing, a new base, an object."""
        files = self.below(where)
        self.stage(self.tree.make(*words), self.modules, self.with_btf)
        self.place.drain()
        self.nothing_left_to_do(*words)
        self.tree.add_type()
        self.stage(self.tree.make(*words), [], self.with_btf)
        self.like_clean(*words, modules=files)
        self.tree.add_type("beta.c")
        self.stage(self.tree.make(*words), ["beta.ko"], self.given_btf("beta.ko"))
        self.like_clean(*words, modules=files)

    def test_below(self):
        """O= below the source"""
        self.follow("out", "O=out")

    def test_elsewhere(self):
        """O= elsewhere"""
        self.follow("out/deep", f"O={self.tree.path}/out/deep")

    @renumbering
    def test_renumbered(self):
        """O=, base changed, renumbered: no BTF step, no link"""
        self.skip_without_split_btf()
        self.make_room()
        words = f"O={self.tree.path}/out/deep"
        self.stage(self.tree.make(words), self.modules, self.with_btf)
        self.place.drain()
        self.tree.add_type()
        self.stage(self.tree.make(words), [], [], renumbered=self.with_btf)
        self.like_clean(words, modules=self.below("out/deep"))

    def test_two(self):
        """two objtrees at once"""
        wheres = ("out/a", "out/b")
        goals = [f"O={self.tree.path}/{where}" for where in wheres]
        for _ in range(3):
            build = self.parent_make(goals, "-j4")
            self.assertEqual((build.status, build.err), (0, []), build.result)
            for where, words in zip(wheres, goals):
                self.like_clean(words, modules=self.below(where))
            self.tree.add_type()
        totals = self.place.stats()["totals"]
        self.assertEqual((totals["linked"], totals["btf_run"], totals["fallback_stock"]),
                         (2 * len(self.with_btf), 6 * len(self.with_btf), 0))

    def other_tools(self, word, *tools):
        """A first build, nothing, a new base."""
        for tool in tools:
            if not shutil.which(tool):
                self.skipTest(f"{tool} is not installed")
        self.stage(self.tree.make(word), self.modules, self.with_btf)
        self.place.drain()
        self.nothing_left_to_do(word)
        self.tree.add_type()
        self.stage(self.tree.make(word), [], self.with_btf)
        self.like_clean(word)

    def test_llvm(self):
        """LLVM=1: clang, ld.lld, llvm-objcopy"""
        self.other_tools("LLVM=1", "clang", "ld.lld", "llvm-objcopy")

    def test_objcopy(self):
        """OBJCOPY=llvm-objcopy alone"""
        self.other_tools("OBJCOPY=llvm-objcopy", "llvm-objcopy")

    def test_odd_source(self):
        """a blank or a colon in the source's path: refused as stock refuses it"""
        for name in ("with a blank", "with:colon"):
            other = self.tree.path.with_name(name)
            shutil.copytree(self.tree.path, other)
            for words in (("-C", other), ("-f", other / "Makefile")):
                stock = run(["make", *words], self.place.environment(), self.place.dir)
                build = self.make_in(self.place.dir, *words).result
                self.assertEqual((build.status, build.stdout, build.stderr),
                                 (stock.status, stock.stdout, stock.stderr))
                self.assertEqual(build.status, 2)
                self.assertIn("source directory cannot contain spaces or colons", build.err[-1])

    def test_odd_directories(self):
        """a blank in the path of O= or M=: as stock"""
        for word in (f"O={self.tree.path}/out/with blank", "M=with blank"):
            stock, build = self.tree.stock_would(word), self.tree.make(word)
            log = [line for line in build.out if line not in build.summary]
            self.assertEqual((build.status, log, build.err), (stock.status, stock.out, stock.err))
            if build.status == 0:  # a shell whose cd leaves out all words but the first
                self.like_clean(word, modules=self.below("out/with"))
