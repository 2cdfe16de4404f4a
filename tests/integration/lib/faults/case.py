# SPDX-License-Identifier: GPL-2.0-only
"""A build under kbtf with a fault at its Nth call, for each N until there are no more calls: always
from the same tree and state, which are put back by copying."""

import json
import shutil

from ..case import BuildCase
from ..elf import sections
from ..place import KBTF
from ..running import Run
from ..tree import Build
from . import Injector, available


class FaultCase(BuildCase):
    """`change` of each test is made once, with all that make builds before the module stage."""

    renumber = True

    def setUp(self):
        if not available():
            self.skipTest("nothing can be preloaded into a kbtfd with a sanitizer")
        super().setUp()
        self.tree.add_type()
        self.assertEqual(self.tree.make().status, 0)
        self.injector, self.daemon = Injector(self.place), None
        self.addCleanup(self.end_daemons)
        self.start = self.place.dir / "start"

    def prepare(self, change):
        """The state before the stage: `change` is made, vmlinux and objects are up to date."""
        self.place.drain()
        self.succeeded(self.place.kbtf("stop"))
        change()
        objects = [name.replace(".ko", ".o") for name in self.modules]
        for goal in ("vmlinux-stage", *objects):
            build = self.tree.stock_make(goal)
            self.assertEqual(build.status, 0, build.result)
        self.save(self.start)
        self.expected = self.tree.clean_build(modules=self.modules)

    def rename_type(self):
        """A struct of the base gets a longer name. Modules keep all ids, their strings move: half of a
        module's new BTF with half of its old one is valid, and wrong."""
        source = self.tree.path / "core.c"
        source.write_text(source.read_text().replace("added_1", "added_1_of_the_base"))

    # What is put back. A copy has other inodes and change times, as one from a backup has.

    def save(self, to):
        shutil.rmtree(to, ignore_errors=True)
        shutil.copytree(self.tree.path, to / "tree", symlinks=True)
        if self.place.state.exists():
            shutil.copytree(self.place.state, to / "state", symlinks=True)

    def put_back(self, start, state=True):
        self.end_daemons()
        for name, to in (("tree", self.tree.path), ("state", self.place.state)):
            shutil.rmtree(to, ignore_errors=True)
            if (name == "tree" or state) and (start / name).exists():
                shutil.copytree(start / name, to, symlinks=True)

    def end_daemons(self):
        self.place.kill_all()
        if self.daemon:
            self.daemon.communicate()
            self.daemon = None

    # The series.

    def one_run(self, directories, number, action, with_make):
        """kbtf make with a fault at that call. Returns the build and the call, or None as call."""
        self.put_back(self.start)
        self.daemon = self.injector.start()
        run = Run([KBTF, "make"], self.place.environment(), self.tree.path,
                  lambda group: self.injector.arm(directories, number, action,
                                                  group if with_make else 0))
        return Build(run.result), self.injector.disarm()[1]

    def series(self, directories, action, with_make=False, at_least=1):
        """The build of each N. Ends with a run without a fault, which has to be exact."""
        number = 1
        while True:
            build, call = self.one_run(directories, number, action, with_make)
            if call is None:
                self.assertEqual((build.status, build.err), (0, []), build.result)
                self.like_expected()
                self.assertGreater(number, at_least, "the change makes no calls: this tests nothing")
                return
            self.now = f"{action} at call {number}: {call}"
            yield build
            number += 1

    # What may be asked.

    def wrong(self, modules=None):
        found = self.tree.finished(modules or self.modules)
        return [name for name in found if found[name] != self.expected[name]]

    def like_expected(self, modules=None):
        self.assertEqual(self.wrong(modules), [], "not what a clean stock build leaves")

    def nobody_vouches(self):
        """For a module with other bytes: kbtf explain names an input that has changed, or says that
        there is no record or no finished module."""
        for name in self.wrong():
            if not name.endswith(".ko"):
                continue
            answer = json.loads(self.place.kbtf("explain", "--json", self.tree.path / name).stdout)
            is_doubtful = (not answer["known"] or not answer["state"].startswith("finished")
                           or any(entry["changed"] for entry in answer["inputs"]))
            self.assertTrue(is_doubtful, f"kbtf explain vouches for {name}: {answer}")

    def kbtf_mends(self):
        """The next kbtf make is exact, and the one after it has nothing to do."""
        build = self.tree.make()
        self.assertEqual(build.status, 0, build.result)
        self.like_expected()
        again = self.tree.make()
        self.assertEqual((again.status, again.linked, again.btf), (0, [], []), again.result)

    def stock_takes_nothing_torn(self):
        """Plain stock make: a module that it takes as current is a finished one. Until 6.12 it runs
        the BTF step on finished files, which lays them out anew: then their sections count."""
        build = self.tree.stock_make()
        self.assertEqual(build.status, 0, build.result)
        for name in self.modules:
            found, expected = self.tree.files([name])[name], self.expected[name]
            if found != expected and name in build.btf and name not in build.linked:
                found, expected = sections(found), sections(expected)
            self.assertTrue(found == expected, f"{name} is not what stock's link and BTF step leave: "
                            f"{build.result}")

