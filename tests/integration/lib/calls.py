# SPDX-License-Identifier: GPL-2.0-only
"""Ways to call make, once for every era: goals, options, job slots."""

import re
import shutil

from .table import TableCase, fifo_make, renumbering


class Options(TableCase):
    def changed(self):
        self.tree.add_type()
        self.tree.add_type("beta.c")

    def expect_changed(self, build):
        self.stage(build, ["beta.ko"], self.given_btf("beta.ko", base=True))
        self.like_clean()

    def test_modules(self):
        """make modules"""
        self.changed()
        self.expect_changed(self.tree.make("modules"))

    def test_all(self):
        """make all"""
        self.changed()
        self.expect_changed(self.tree.make("all"))

    def test_single(self):
        """a single path/x.ko"""
        name = self.with_btf[-1]
        self.tree.append(name.replace(".ko", ".c"), "int one_more;\n")
        self.stage(self.tree.make(name), [name], [name], [name])
        self.nothing_left_to_do()
        self.tree.add_type()
        self.assertEqual(self.tree.stock_make("vmlinux-stage").status, 0)
        self.stage(self.tree.make(name), [], [name], [name])
        self.stage(self.tree.make(), [], [other for other in self.with_btf if other != name])
        self.like_clean()

    def test_jobs_1(self):
        """-j1"""
        self.changed()
        self.expect_changed(self.tree.make("-j1"))

    def test_jobs_2(self):
        """-j2"""
        self.changed()
        self.expect_changed(self.tree.make("-j2"))

    def test_jobs_of_a_parent(self):
        """-jN of a parent make, job slots in a pipe"""
        self.changed()
        self.expect_changed(self.parent_make([""], "-j3"))

    def test_jobs_in_a_fifo(self):
        """-jN of a parent make, job slots in a fifo"""
        make = fifo_make()
        if not make:
            self.skipTest("no GNU make 4.4 or later here")
        self.changed()
        seen = self.place.dir / "makeflags"
        self.unseen_tool("pahole", f'echo "$MAKEFLAGS" >>{seen}\n'
                                   f'exec {shutil.which("pahole")} "$@"\n')
        build = self.parent_make([""], "-j3", "--jobserver-style=fifo", make=make)
        self.expect_changed(build)
        self.assertIn("--jobserver-auth=fifo:", seen.read_text())

    def test_keep_going(self):
        """-k with a failing BTF step"""
        victim = self.with_btf[0]
        mark = self.tools_that("exit 3", victim)
        self.tree.add_type()
        build = self.tree.make("-k")
        self.assertEqual(build.status, 2, build.result)
        self.assertRegex("\n".join(build.err), rf"Makefile\.modfinal:\d+: {victim}\] Error 3")
        self.assertEqual((build.btf, build.complaints), (sorted(self.with_btf), []), build.result)
        self.assertFalse((self.tree.path / victim).exists(), "make has not deleted it")
        mark.unlink()
        self.stage(self.tree.make(), [victim], [victim])
        self.like_clean()

    def test_dry_run(self):
        """-n: the content of no file changes"""
        for _ in range(2):
            before = self.contents()
            build = self.tree.make("-n")
            self.assertEqual((build.status, build.err), (0, []), build.result)
            after = self.contents()
            self.assertEqual([n for n in before | after if before.get(n) != after.get(n)], [])
            self.tree.add_type()
        self.assertEqual(self.tree.make().btf, sorted(self.with_btf))
        self.like_clean()

    def test_silence(self):
        """-s: nothing is printed"""
        self.changed()
        build = self.tree.make("-s")
        self.assertEqual((build.status, build.out, build.err), (0, [], []), build.result)
        expected = self.given_btf("beta.ko", base=True)
        self.assertEqual(self.place.stats()["last_stage"]["btf_run"], len(expected))
        self.like_clean()

    def test_everything(self):
        """-B"""
        self.stage(self.tree.make("-B"), self.modules, self.with_btf)
        self.like_clean()
        self.nothing_left_to_do()

    def test_commands(self):
        """V=1: the log is stock's, line for line"""
        self.changed()
        ours, expected = self.tree.make("V=1"), self.given_btf("beta.ko", base=True)
        shown = self.commands(ours)
        self.assertEqual(sorted(name for name, _ in shown["BTF"]), expected, ours.result)
        self.assertEqual([name for name, _ in shown["LD"]], ["beta.ko"], ours.result)
        self.assertEqual(self.place.stats()["last_stage"]["btf_run"], len(expected))
        self.like_clean()
        self.place.drain()
        # The same lines as in a stock build that does the same, and the script's own "set -x".
        ours, stock = self.tree.make("-B", "V=1"), self.tree.stock_make("-B", "V=1")
        for what, lines in self.commands(stock).items():
            self.assertEqual(lines, self.commands(ours)[what])
            self.assertLessEqual(set(shown[what]), set(lines))
        self.assertEqual([line for line in ours.out if not line.startswith("  KBTF ")], stock.out)
        self.assertEqual(ours.err, stock.err)

    @staticmethod
    def commands(build):
        """{LD or BTF: [(module, the line that shows its command, or the command's end)]}"""
        shown = {"LD": [], "BTF": []}
        for line in build.out:
            link = re.match(r"  (?:set -e; )?ld -r .* -o (\S+\.ko) ", line)
            step = re.match(r".* --btf_base \S+ (?:--\S+ )*(\S+\.ko);", line)
            if link or step:
                shown["LD" if link else "BTF"].append(((link or step).group(1), line))
        return shown

    def test_reasons(self):
        """V=2: why each module is worked on"""
        self.tree.add_type()
        build = self.tree.make("V=2")
        self.stage(build, [], self.with_btf)
        why = [line for line in build.out if " BTF [M] " in line]
        self.assertTrue(all(line.endswith(" - due to base_BTF_changed") for line in why), why)
        self.like_clean()

    def test_no_command_check(self):
        """KBUILD_NOCMDDEP=1"""
        word = "KBUILD_NOCMDDEP=1"
        self.stage(self.tree.make(word, "LDFLAGS_MODULE=--build-id=md5"), [], [])
        self.tree.add_type()
        self.stage(self.tree.make(word), [], self.with_btf)
        victim = self.with_btf[0]
        self.dot_cmd(victim).unlink()
        self.stage(self.tree.make(word), [victim], [victim])
        self.like_clean()

    @renumbering
    def test_shell(self):
        """SHELL=, .SHELLFLAGS= on the command line, renumbered: no BTF step, no link"""
        self.prepare_renumbering()
        for words in (["SHELL=/bin/bash"], [".SHELLFLAGS=-ec"], ["SHELL=/bin/bash -e", ".SHELLFLAGS=-uc"]):
            self.tree.add_type()
            self.stage(self.tree.make(*words), [], [], renumbered=self.with_btf)
            self.place.drain()
        self.like_clean()

    def test_undefined_variables(self):
        """--warn-undefined-variables: of no more than in a stock build"""
        warn = "--warn-undefined-variables"
        for words in (["V=2"], ["M=ext"]):
            stock, ours = self.tree.stock_would(warn, *words), self.tree.make(warn, *words)
            self.assertEqual(ours.status, 0, ours.result)
            self.assertEqual(warned(ours) - warned(stock), set())
            self.changed()

    def test_elsewhere(self):
        """make -C, from another directory"""
        self.changed()
        self.expect_changed(self.make_in("/", "-C", self.tree.path))


def warned(build):
    """The variables of which make said that they are not defined."""
    found = (re.search(r"warning: undefined variable '(.*)'", line) for line in build.err)
    return {match.group(1) for match in found if match}
