# SPDX-License-Identifier: GPL-2.0-only
"""pahole fails, dies, is missing or complains, once for every era: make ends as a stock make that
does the same, with its messages, and the next build with a sane pahole is exact."""

import shutil

from .table import TableCase, renumbering


class BadPahole(TableCase):
    def pahole_that(self, action, module="vmlinux*"):
        """A pahole that does `action` when it works on a file of that name while the returned
        file is there. It is another pahole than before, which is settled by a build."""
        mark = self.place.dir / "mark"
        self.unseen_tool("pahole", f'if [ -e {mark} ]; then for last; do :; done; case $last in\n'
                            f'{module} | */{module}) {action} ;;\nesac; fi\n'
                            f'exec {shutil.which("pahole")} "$@"\n')
        self.stage(self.tree.make(), [], self.with_btf)
        self.place.drain()
        mark.touch()
        return mark

    def as_stock(self, *words):
        """A build with the status and the messages of a stock build that starts from here. make
        deletes a target that a failing recipe has written: not a .ko that stock did not link, since
        pahole failed before it wrote; but with kbtf pristine bytes are in its place by then."""
        stock = self.tree.stock_would(*words)
        build = self.tree.make(*words)
        deleted = [f"make[1]: *** {word} file '{name}'" for name in self.with_btf
                   if name not in stock.linked for word in ("Deleting", "deleting")]  # make 4.4
        self.assertEqual(build.status, stock.status, build.result)
        self.assertEqual([line for line in build.err if line not in deleted], stock.err)
        return build

    def exact_again(self, *words):
        build = self.tree.make(*words)
        self.assertEqual((build.status, build.err), (0, []), build.result)
        self.like_clean(*words)
        self.nothing_left_to_do(*words)

    def bad_for_a_module(self, action, status, says=None):
        """Of all modules' BTF steps one goes wrong; then that of the one module that is linked."""
        victim = self.victim()
        mark = self.pahole_that(action, victim.split("/")[-1])
        for name in ("core.c", victim[:-2] + "c"):
            self.tree.add_type(name)
            build = self.as_stock()
            self.assertEqual(build.status, 2)
            self.assertRegex("\n".join(build.err),
                             rf"Makefile\.modfinal:\d+: {victim}\] Error {status}")
            if says:
                self.assertIn(says, build.err)
            self.assertFalse((self.tree.path / victim).exists(), "make has not deleted it")
        mark.unlink()
        self.exact_again()

    def victim(self):
        if self.with_btf != self.modules:
            self.skipTest("pahole runs for no module in this era")
        return "net/gamma.ko"

    def test_fails(self):
        """it fails on one module"""
        self.bad_for_a_module("echo no BTF today >&2; exit 3", 3, "no BTF today")

    def test_killed(self):
        """SIGKILL ends it on one module"""
        self.bad_for_a_module("kill -KILL $$", 137)

    def test_crashes(self):
        """SIGSEGV ends it on one module"""
        self.bad_for_a_module("kill -SEGV $$", 139)

    def test_missing(self):
        """it is not there for the modules"""
        victim = self.victim()
        pahole = self.tool("other-pahole", f'exec {shutil.which("pahole")} "$@"\n')
        word = f"PAHOLE={pahole}"
        self.assertEqual(self.tree.make(word).status, 0)
        self.place.drain()
        for name in (victim[:-2] + "c", "core.c"):
            self.tree.add_type(name)
            self.assertEqual(self.tree.make(word, "vmlinux-stage").status, 0)
            pahole.rename(pahole.with_name("away"))
            build = self.as_stock(word)
            self.assertEqual(build.status, 2)
            pahole.with_name("away").rename(pahole)
        self.exact_again(word)

    @renumbering
    def test_fails_for_the_daemon(self):
        """it fails when the daemon runs it: BTF steps, until it does not"""
        self.victim()
        self.make_room()
        self.tree.add_type()  # a profile may be there of the base before
        (self.place.dir / "mark").touch()
        mark = self.pahole_that('case "$*" in *--btf_base*) ;; *) echo no >&2; exit 3 ;; esac',
                                "*.ko")
        self.tree.add_type()
        self.stage(self.tree.make(), [], self.with_btf)
        self.place.drain()
        mark.unlink()
        self.tree.add_type()
        self.stage(self.tree.make(), [], self.with_btf)
        self.place.drain()
        self.tree.add_type()
        self.stage(self.tree.make(), [], [], renumbered=self.with_btf)
        self.like_clean()

    def test_warns(self):
        """it warns on standard error, and succeeds"""
        mark = self.pahole_that("echo a strange type >&2", "*")
        messages = []
        for name in ("core.c", "beta.c"):
            self.tree.add_type(name)
            build = self.as_stock()
            self.assertEqual(build.status, 0)
            messages += build.err
        self.assertIn("a strange type", messages)
        mark.unlink()
        self.nothing_left_to_do()
        self.like_clean()

    def test_fails_for_vmlinux(self):
        """it fails for vmlinux"""
        mark = self.pahole_that("echo no BTF today >&2; exit 3")
        self.tree.add_type()
        build = self.as_stock()
        self.assertEqual((build.status, build.summary), (2, []))
        self.assertIn("no BTF today", build.err)
        self.assertFalse((self.tree.path / self.era.base).exists(), "make has not deleted it")
        mark.unlink()
        self.stage(self.tree.make(), [], self.with_btf)
        self.exact_again()
