# SPDX-License-Identifier: GPL-2.0-only
"""Trees that are not where, or not of the age, that they were: once for every era. The objects
of a copy name the directory they were compiled in, so a clean build of the original is the measure
for it."""

import os
import shutil

from .place import run
from .table import TableCase


class Copies(TableCase):
    def sh(self, *words):
        return self.succeeded(run(words, self.place.environment(), self.tree.path.parent))

    def follow(self, other):
        """Builds a tree at another path: as it came, and with a new base. The first build there
        may work on what kbtf cannot vouch for, the second finds nothing to do."""
        expected = self.tree.clean_build(modules=self.modules)
        for _ in range(2):
            build = self.make_in(other.path)
            self.assertEqual((build.status, build.err), (0, []), build.result)
        self.lines(build, [], [])
        self.same(other.finished(self.modules), expected)
        self.place.drain()
        self.tree.add_type()
        other.add_type()
        build = self.make_in(other.path)
        self.assertEqual((build.status, build.err), (0, []), build.result)
        self.assertEqual(build.btf, sorted(self.with_btf), build.result)
        self.same(other.finished(self.modules), self.tree.clean_build(modules=self.modules))

    def same(self, found, expected):
        self.assertEqual([name for name in expected if expected[name] != found[name]], [])

    def test_copied(self):
        """copied, cp -a"""
        other = self.at(self.tree.path.with_name("copy"))
        self.sh("cp", "-a", self.tree.path, other.path)
        self.follow(other)

    def test_linked(self):
        """hard-linked, cp -al: the original keeps its bytes"""
        before = self.tree.finished(self.modules)
        other = self.at(self.tree.path.with_name("linked"))
        self.sh("cp", "-al", self.tree.path, other.path)
        # Sources are edited in place here, so they are the copy's own.
        for name in self.yard.sources:
            shutil.copy2(self.tree.path / name, other.path / "own")
            os.replace(other.path / "own", other.path / name)
        self.follow(other)
        self.same(self.tree.finished(self.modules), before)

    def test_linked_and_original_built(self):
        """hard-linked, cp -al: the copy keeps its bytes"""
        linked = self.at(self.tree.path.with_name("linked"))
        self.sh("cp", "-al", self.tree.path, linked.path)
        before = linked.finished(self.modules)
        self.tree.add_type()
        self.stage(self.tree.make(), [], self.with_btf)
        self.like_clean()
        self.same(linked.finished(self.modules), before)

    def test_moved(self):
        """moved"""
        other = self.at(self.tree.path.with_name("moved"))
        os.rename(self.tree.path, other.path)
        for name, source in self.yard.sources.items():
            (self.tree.path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, self.tree.path / name)
        self.follow(other)

    def test_restored(self):
        """restored from an archive, all time stamps new"""
        archive = self.place.dir / "tree.tar"
        self.sh("tar", "-cf", archive, self.tree.path.name)
        shutil.rmtree(self.tree.path)
        self.sh("tar", "-xmf", archive)
        for _ in range(2):
            build = self.tree.make()
            self.assertEqual((build.status, build.err), (0, []), build.result)
        self.nothing_left_to_do()
        self.like_clean()
        self.place.drain()
        self.tree.add_type()
        self.stage(self.tree.make(), [], self.with_btf)
        self.like_clean()
