# SPDX-License-Identifier: GPL-2.0-only
"""unittest cases: one Place per test, and for builds one miniature tree per test."""

import os
import sys
import unittest

from . import unseen
from .eras import DEFAULT
from .place import HOOK, KBTF, KBTFD, Place
from .tree import Yard

SKIPPED = 77
COUNTS = ("modules", "linked", "btf_run", "btf_cached", "btf_renumbered", "untouched",
          "fallback_stock")


class PlaceCase(unittest.TestCase):
    """A test with directories and a daemon of its own."""

    maxDiff = None

    def setUp(self):
        self.place = Place()
        self.addCleanup(self.place.close)

    def one_line(self, result, *words):
        """Standard error is one line from kbtf that has all of `words`."""
        self.assertEqual(len(result.err), 1, result)
        self.assertTrue(result.err[0].startswith("kbtf"), result)
        for word in words:
            self.assertIn(word, result.err[0])

    def succeeded(self, result):
        self.assertEqual(result.status, 0, result)
        return result

    def tool(self, name, text):
        """A shell script that comes first in PATH."""
        path = self.place.tools / name
        fresh = path.with_name(name + ".new")
        fresh.write_text("#!/bin/sh\n" + text)
        fresh.chmod(0o755)
        os.replace(fresh, path)
        return path


    def unseen_tool(self, name, text):
        """A program that comes first in PATH, looks like the tool of that name, and runs a shell
        script of which kbtf cannot know: what stands in it moves no key."""
        script = self.place.dir / f"{name}.unseen"
        script.write_text(text)
        return unseen.install(self.place.tools / name, script)


class BuildCase(PlaceCase):
    """A test that starts with a miniature tree, built under kbtf, and a settled daemon."""

    era = DEFAULT
    first_build = True
    found_wrong = 0  # by the daemon's self-check
    # Whether the daemon may renumber: most tests count BTF steps.
    renumber = False

    @classmethod
    def setUpClass(cls):
        cls.yard = Yard(cls.era)
        cls.addClassCleanup(cls.yard.close)
        cls.modules, cls.with_btf = list(cls.era.modules), list(cls.era.with_btf)
        cls.without_btf = set(cls.modules) - set(cls.with_btf)

    def setUp(self):
        super().setUp()
        if not getattr(getattr(self, self._testMethodName), "renumber", self.renumber):
            self.place.env["KBTF_NO_RENUMBER"] = "1"
        self.tree = self.yard.fresh(self.place)
        if self.first_build:
            self.stage(self.tree.make(), self.modules, self.with_btf)
            self.place.drain()

    def stage(self, build, linked, btf, modules=None, renumbered=()):
        """A build that went well, with exactly these LD [M] and BTF [M] lines, the summary line
        and the counts that belong to them, and no complaint. `btf`: steps that ran, `renumbered`:
        modules whose BTF the daemon wrote."""
        self.assertEqual(build.status, 0, build.result)
        self.assertEqual(build.err, [], build.result)
        self.lines(build, linked, [*btf, *renumbered])
        # A module that gets no BTF is none of kbtf's business.
        links = len(set(linked) - self.without_btf)
        count = len(modules or self.modules)
        left = count - max(links, len(btf)) - len(renumbered)
        what = "module" if count == 1 else "modules"
        self.assertEqual(build.summary, [f"  KBTF    {count} {what}: {left} untouched, {links} "
                                         f"linked, {len(btf)} BTF" + (
            f", {len(renumbered)} renumbered" if renumbered else "")], build.result)
        self.counts(modules=count, linked=links, btf_run=len(btf), untouched=left,
                    btf_renumbered=len(renumbered))

    def lines(self, build, linked, btf):
        self.assertEqual(build.linked, sorted(linked), build.result)
        self.assertEqual(build.btf, sorted(btf), build.result)

    def counts(self, **expected):
        """kbtf stats has these counts of the last stage, and 0 for all others."""
        self.assertEqual(self.place.stats()["last_stage"],
                         {**dict.fromkeys(COUNTS, 0), **expected})

    def like_clean(self, *arguments, modules=None, **env):
        """Every module and its .cmd file has the bytes that a clean stock build leaves."""
        modules = modules or self.modules
        expected = self.tree.clean_build(*arguments, modules=modules, **env)
        found = self.tree.finished(modules)
        self.assertNotIn(None, expected.values())
        different = [name for name in expected if expected[name] != found[name]]
        self.assertEqual(different, [], "not what a clean stock build leaves")
        # And the daemon, which looks at one module after each stage, has found nothing.
        if self.place.status():
            self.assertEqual(self.place.stats()["self_checks"]["different"], self.found_wrong)

    def nothing_left_to_do(self, *arguments):
        self.stage(self.tree.make(*arguments), [], [])


def main():
    """Runs the tests of the calling script. Exit status 77 if all of them were skipped."""
    for path in (KBTF, KBTFD, HOOK):
        if not path.exists():
            sys.exit(f"{path} is not there; build kbtf, or name the build in KBTF_TEST_BUILD_DIR")
    program = unittest.main(exit=False, verbosity=2)
    result = program.result
    if not result.wasSuccessful() or result.testsRun == 0:
        sys.exit(1)
    if len(result.skipped) == result.testsRun:
        print("; ".join(sorted({reason for _, reason in result.skipped})))
        sys.exit(SKIPPED)
