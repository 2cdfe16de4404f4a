# SPDX-License-Identifier: GPL-2.0-only
"""What can have changed before a build, once for every era. The first line of each docstring is
the name of a row in docs/compatibility.md."""

import shutil
import signal

from .table import TableCase, renumbering

SCRIPT = "scripts/gen-btf.sh"


class Changes(TableCase):
    def test_first_build(self):
        """first build"""
        self.like_clean()

    def test_no_change(self):
        """nothing changed"""
        before = self.tree.snapshot()
        self.nothing_left_to_do()
        after = self.tree.snapshot()
        self.assertEqual([n for n in before | after if before.get(n) != after.get(n)], [])

    def test_base_linked_again(self):
        """vmlinux linked again, same BTF"""
        btf = self.tree.vmlinux_btf()
        self.tree.edit_body()
        build = self.tree.make()
        self.assertTrue(build.vmlinux)
        self.assertEqual(self.tree.vmlinux_btf(), btf)
        self.stage(build, [], [])
        self.like_clean()

    def test_base_changed(self):
        """BTF of vmlinux changed: one BTF step each, no link"""
        for _ in range(2):
            self.tree.add_type()
            self.stage(self.tree.make(), [], self.with_btf)
            self.place.drain()
        self.like_clean()

    @renumbering
    def test_renumbered(self):
        """BTF of vmlinux changed, renumbered: no BTF step, no link"""
        self.prepare_renumbering()
        for _ in range(2):
            self.tree.add_type()
            self.stage(self.tree.make("-j2"), [], [], renumbered=self.with_btf)
        self.like_clean()
        self.nothing_left_to_do()

    @renumbering
    def test_renumbered_but_one(self):
        """BTF of vmlinux and a module's object changed, the others renumbered"""
        self.prepare_renumbering()
        self.tree.add_type()
        self.tree.add_type("beta.c")
        others = [name for name in self.with_btf if name != "beta.ko"]
        self.stage(self.tree.make("-j2"), ["beta.ko"], ["beta.ko"], renumbered=others)
        self.like_clean()

    def test_own_object(self):
        """a module's object changed"""
        self.tree.add_type("beta.c")
        self.stage(self.tree.make(), ["beta.ko"], self.given_btf("beta.ko"))
        self.like_clean()

    def test_same_object(self):
        """a module's file compiled again, to the same object: no link"""
        self.tree.touch("beta.c")
        build = self.tree.make()
        self.assertIn("  CC [M]  beta.o", build.out)
        # What gets no BTF is make's alone.
        self.stage(build, [m for m in ("beta.ko",) if m in self.without_btf], [])
        self.nothing_left_to_do()
        self.like_clean()

    def test_object_and_base(self):
        """a module's object and the BTF of vmlinux changed"""
        self.tree.add_type()
        self.tree.grow_shared()
        self.stage(self.tree.make("-j2"), ["net/gamma.ko"], self.with_btf)
        self.like_clean()

    def test_link_flags(self):
        """link flags changed, and back"""
        flags = "LDFLAGS_MODULE=--build-id=md5"
        self.stage(self.tree.make(flags), self.modules, self.with_btf)
        self.like_clean(flags)
        self.stage(self.tree.make(), self.modules, self.with_btf)
        self.like_clean()

    def test_cmd_deleted(self):
        """.ko.cmd deleted"""
        for module in {self.modules[0], self.with_btf[0]}:
            self.dot_cmd(module).unlink()
        changed = sorted({self.modules[0], self.with_btf[0]})
        self.stage(self.tree.make(), changed, self.given_btf(*changed))
        self.like_clean()

    def test_version(self):
        """the release changed, as each commit does with LOCALVERSION_AUTO: all linked"""
        for version, same_base in (("-g5d6e7f8", True), ("-g5d6e7f8-dirty", False)):
            before = self.tree.vmlinux_btf()
            self.tree.commit(version)
            stock = self.tree.stock_would()
            build = self.tree.make()
            self.stage(build, self.modules, self.with_btf)
            self.assertEqual((build.linked, build.btf), (stock.linked, stock.btf))
            self.assertEqual(self.tree.vmlinux_btf() == before, same_base)
            self.like_clean()

    def test_ko_deleted(self):
        """.ko deleted"""
        changed = sorted({"net/gamma.ko", self.with_btf[0]})
        for module in changed:
            (self.tree.path / module).unlink()
        self.stage(self.tree.make(), changed, self.given_btf(*changed))
        self.like_clean()

    def test_killed_between_link_and_btf(self):
        """killed between LD and BTF"""
        victim = self.with_btf[-1]
        mark = self.tools_that("kill -9 0", victim)
        self.tree.append(victim.replace(".ko", ".c"), "int one_more;\n")
        build = self.tree.make()
        self.assertEqual(build.status, -signal.SIGKILL, build.result)
        self.assertIn(victim, build.linked)
        mark.unlink()
        build = self.tree.make()
        self.assertEqual(build.status, 0, build.result)
        self.assertIn(victim, build.btf)
        self.like_clean()
        self.nothing_left_to_do()

    def test_pahole_replaced(self):
        """another pahole: one BTF step each, no link"""
        pahole = self.place.tools / "pahole"
        shutil.copy2(shutil.which("pahole"), pahole)
        with open(pahole, "ab") as file:
            file.write(b"\n")
        self.stage(self.tree.make(), [], self.with_btf)
        self.like_clean()

    def test_flags(self):
        """flags of the BTF step changed: one BTF step each, no link"""
        if not self.era.flags:
            self.skipTest("modules get no flags in this era")
        flags = f"{self.era.flags}=--skip_encoding_btf_vars"
        self.stage(self.tree.make(flags), [], self.with_btf)
        self.nothing_left_to_do(flags)
        self.like_clean(flags)

    def test_script(self):
        """gen-btf.sh changed: one BTF step each, no link"""
        if SCRIPT not in self.tree.yard.sources:
            self.skipTest("no gen-btf.sh in this era")
        self.tree.touch(SCRIPT)
        self.stage(self.tree.make(), [], [])
        self.tree.append(SCRIPT, "# another line\n")
        self.stage(self.tree.make(), [], self.with_btf)
        self.like_clean()

    def test_daemon_absent(self):
        """no daemon: as stock, and one line"""
        self.succeeded(self.place.kbtf("stop"))
        self.tree.add_type()
        build = self.tree.hooked_make()
        self.assertEqual(build.status, 0, build.result)
        self.one_line(build.result, "; falling back to the stock build")
        self.lines(build, self.modules, self.with_btf)
        self.assertEqual((build.summary, self.place.daemons()), ([], []))
        self.like_clean()

    def test_back_to_stock(self):
        """back to stock: nothing to do, .ko.cmd untouched"""
        self.tree.add_type()
        self.stage(self.tree.make(), [], self.with_btf)
        before = self.tree.finished(self.modules)
        build = self.tree.stock_make()
        self.assertEqual(build.status, 0, build.result)
        # A module without BTF was not touched, and so is older than vmlinux.
        self.lines(build, [m for m in self.modules if m not in self.with_btf], [])
        self.assertEqual(self.tree.finished(self.modules), before)
        self.like_clean()

    def test_third_line(self):
        """UT=1: the third line of the recipe"""
        if not self.era.third_line:
            self.skipTest("no third line in this era")
        self.tree.add_type()
        self.tree.add_type("beta.c")
        build = self.tree.make("UT=1")
        self.stage(build, ["beta.ko"], self.given_btf("beta.ko", base=True))
        seen = sorted(line for line in build.out if line.startswith("  checked "))
        self.assertEqual(seen, [f"  checked {name[:-3]}.o" for name in sorted(self.modules)])
        self.like_clean()
