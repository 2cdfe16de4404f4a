# SPDX-License-Identifier: GPL-2.0-only
"""Something in the place of a file of the tree that nobody expects there: the daemon lives and answers,
and once it is gone the next build is exact."""

from .case import BuildCase

VICTIM = "beta.ko"


class HostileCase(BuildCase):
    def setUp(self):
        super().setUp()
        self.victim = self.tree.path / VICTIM
        self.pid = self.place.status()["pid"]

    def the_daemon_lives(self):
        """And answers whatever reads the module."""
        self.assertEqual((self.place.status() or {}).get("pid"), self.pid, "the daemon has died")
        for words in (("explain", self.victim), ("verify", self.tree.path), ("verify", self.victim),
                      ("status", self.tree.path), ("drain",)):
            result = self.place.kbtf(*words)
            self.assertIn(result.status, (0, 1, 2), result)
            if words[0] != "verify":  # which has a line for each module
                self.assertLess(len(result.out) + len(result.err), 200, result)
        self.assertEqual((self.place.status() or {}).get("pid"), self.pid, "the daemon has died")

    def exact(self, lines=0):
        """`lines`: how many lines may be said about it."""
        build = self.tree.make()
        self.assertEqual(build.status, 0, build.result)
        self.assertLessEqual(len(build.err), lines, build.result)
        self.like_clean()
        return build
