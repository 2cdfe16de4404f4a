# SPDX-License-Identifier: GPL-2.0-only
"""What stock leaves wrong, or does for nothing, once for every era: shown first with stock, then
that kbtf does not, or mends it."""

import signal

from .eras import EXTERNAL
from .place import run
from .table import TableCase


class Holes(TableCase):
    def has_btf(self, module):
        result = run(["readelf", "-SW", self.tree.path / module], self.place.environment())
        return " .BTF " in self.succeeded(result).stdout

    def stock(self, *words):
        build = self.tree.stock_make(*words)
        self.assertEqual((build.status, build.err), (0, []), build.result)
        return build

    def stock_loses_btf(self, modules, *words):
        build = self.stock(*words)
        self.assertEqual(build.btf, [], build.result)
        self.assertEqual([m for m in self.with_btf if not self.has_btf(m)], modules)
        self.lines(self.stock(*words), [], [])  # and counts them as current

    def mended(self, modules, *words):
        build = self.tree.make(*words)
        self.stage(build, modules, modules)
        self.like_clean(*words)
        self.nothing_left_to_do(*words)

    def different(self, modules=None, *words, **clean):
        expected = self.tree.clean_build(*words, modules=modules or self.modules, **clean)
        found = self.tree.finished(modules or self.modules)
        return [name for name in expected if expected[name] != found[name]]

    def test_link_flags(self):
        """stock loses BTF: link flags changed"""
        flags = "LDFLAGS_MODULE=--build-id=md5"
        self.stock_loses_btf(self.with_btf, flags)
        self.mended(self.with_btf, flags)

    def test_cmd_deleted(self):
        """stock loses BTF: .ko.cmd deleted"""
        victim = self.with_btf[-1]
        self.dot_cmd(victim).unlink()
        self.stock_loses_btf([victim])
        self.mended([victim])

    def test_killed(self):
        """stock loses BTF: killed between LD and BTF"""
        victim = self.with_btf[-1]
        mark = self.tools_that("kill -9 0", victim)
        self.tree.append(victim.replace(".ko", ".c"), "int one_more;\n")
        build = self.tree.stock_make()
        self.assertEqual(build.status, -signal.SIGKILL, build.result)
        mark.unlink()
        self.stock_finishes_without(victim)
        self.mended([victim])

    def stock_finishes_without(self, victim):
        """make was killed before it wrote .ko.cmd, or after: either way the .ko has no BTF."""
        self.stock()
        self.assertFalse(self.has_btf(victim), "stock has mended it")

    def test_external_base(self):
        """stock does not notice: base changed under M="""
        if not self.external_btf:
            self.skipTest("M= modules get no BTF in this era")
        self.assertEqual(self.tree.make("M=ext").status, 0)
        self.place.drain()
        self.tree.add_type()
        self.stage(self.tree.make(), [], self.with_btf)
        self.lines(self.stock("M=ext"), [], [])
        clean = {"modules": EXTERNAL, "before": ((),)}
        self.assertEqual(self.different(EXTERNAL, "M=ext", before=((),)), EXTERNAL)
        self.stage(self.tree.make("M=ext"), [], self.external_btf, self.external)
        self.like_clean("M=ext", **clean)

    def test_base_linked_again(self):
        """stock redoes all: vmlinux linked again, same BTF"""
        self.tree.edit_body()
        build = self.stock()
        in_place = self.era.stock == "in place"
        self.lines(build, [] if in_place else self.modules, self.with_btf)
        self.assertEqual(bool(self.different()), in_place, "a step in place keeps a clean build's "
                         "bytes, or links do not")
        self.assertEqual(self.tree.make().status, 0)
        self.like_clean()
        self.nothing_left_to_do()

    def test_hook_taken_away(self):
        """stock redoes all once the hook is gone; not after kbtf restore"""
        self.tree.edit_body()
        self.stage(self.tree.make(), [], [])
        self.succeeded(self.place.kbtf("restore", self.tree.path))
        build = self.stock()
        self.assertEqual(build.btf, [], build.result)
        self.assertEqual(set(build.linked) - self.without_btf, set(), build.result)
        self.like_clean()
        self.tree.touch()
        self.stage(self.tree.make(), [], [])
        build = self.stock()
        self.assertEqual(build.btf, sorted(self.with_btf), build.result)
        self.assertEqual(bool(self.different()), self.era.stock == "in place")
        self.assertEqual(self.tree.make().status, 0)
        self.like_clean()

    def test_second_step(self):
        """a second BTF step on a finished .ko fails"""
        if "scripts/gen-btf.sh" not in self.yard.sources:
            self.skipTest("it works on the finished file in this era")
        command = ["sh", "scripts/gen-btf.sh", "--btf_base", self.era.base, self.with_btf[0]]
        env = {"PAHOLE": "pahole", "OBJCOPY": "objcopy", "RESOLVE_BTFIDS": "scripts/resolve_btfids"}
        result = run(command, self.place.environment(**env), self.tree.path)
        self.assertNotEqual(result.status, 0)
        self.assertIn("can't add section '.BTF'", result.stderr)
