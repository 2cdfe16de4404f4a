# SPDX-License-Identifier: GPL-2.0-only
"""Two users on one machine, once for every era: each has a daemon, and neither is the other's."""

import concurrent.futures
import copy
import os
import pathlib

from .guest import Guest
from .table import TableCase
from .tree import Yard


class TwoUsers(TableCase):
    def setUp(self):
        why_not = Guest.why_not()
        if why_not:
            self.skipTest(why_not)
        super().setUp()
        self.guest = Guest()
        self.addCleanup(self.guest.close)

    def went_well(self, build):
        self.assertEqual((build.status, build.err), (0, []), build.result)

    def exact(self, tree):
        found, expected = tree.finished(self.modules), tree.clean_build(modules=self.modules)
        self.assertEqual([name for name in expected if expected[name] != found[name]], [])

    def shared(self):
        """The first user's tree as the second one has it, who may write to all of it."""
        for top, directories, files in os.walk(self.yard.dir):
            for name in (".", *directories, *files):
                path = pathlib.Path(top, name)
                path.chmod(path.stat().st_mode | 0o666 | (0o111 if path.is_dir() else 0))
        tree = copy.copy(self.tree)
        tree.place = self.guest
        return tree

    def test_at_once(self):
        """each builds a tree at the same time"""
        yard = Yard(self.era)
        self.addCleanup(yard.close)
        trees = self.tree, yard.fresh(self.guest)
        for _ in range(2):
            with concurrent.futures.ThreadPoolExecutor() as pool:
                for build in pool.map(lambda tree: tree.make("-j2"), trees):
                    self.went_well(build)
            for tree in trees:
                self.exact(tree)
                tree.add_type()
        pids = [place.daemons() for place in (self.place, self.guest)]
        self.assertEqual([[place.status()["pid"]] for place in (self.place, self.guest)], pids)
        self.assertEqual([os.stat(f"/proc/{pid}").st_uid for pid, in pids], [0, self.guest.uid])
        totals = [place.stats()["totals"]["modules"] for place in (self.place, self.guest)]
        self.assertEqual(totals, [3 * len(self.modules), 2 * len(self.modules)])

    def test_one_tree(self):
        """the second builds in the first one's tree, then the first again"""
        theirs = self.shared()
        for edit in (lambda: None, theirs.add_type, lambda: theirs.add_type("beta.c")):
            edit()
            self.went_well(theirs.make())
            self.guest.drain()
            self.exact(self.tree)
        self.went_well(self.tree.make())
        self.exact(self.tree)
        self.nothing_left_to_do()

    def test_wrong_runtime_directory(self):
        """the second has the first one's runtime directory, and the other way round: as stock"""
        theirs = self.shared()
        before = self.place.stats()["totals"]
        for path in (self.place.dir, self.place.runtime):
            path.chmod(0o755)
        build = theirs.make(KBTF_RUNTIME_DIR=self.place.runtime)
        self.assertEqual(build.status, 0)
        self.one_line(build.result, str(self.place.runtime), "; falling back to the stock build")
        self.assertEqual(self.place.stats()["totals"], before)
        self.exact(self.tree)
        self.guest.start()
        theirs.add_type()
        build = self.tree.make(KBTF_RUNTIME_DIR=self.guest.runtime)
        self.assertEqual(build.status, 0)
        self.one_line(build.result, str(self.guest.runtime), "; falling back to the stock build")
        self.assertEqual(self.guest.stats()["totals"]["modules"], 0)
        self.exact(self.tree)
