# SPDX-License-Identifier: GPL-2.0-only
"""Builds with a pahole of 1.29 or later, once for every era, with the flags that Kbuild has for it.
It is the same on every run with -j, which kbtf leaves as it is, and it can give modules a base of
their own, .BTF.base."""

import os

from .eras import EXTERNAL
from .place import run
from .table import TableCase, newer_pahole, renumbering

VERSION = "CONFIG_PAHOLE_VERSION="


class NewerPahole(TableCase):
    first_build = False

    def setUp(self):
        pahole = newer_pahole()
        if not pahole:
            self.skipTest("no pahole 1.29 or later here")
        super().setUp()
        self.tool("pahole", f'echo "$*" >>{self.place.dir}/calls\nexec {pahole} "$@"\n')
        self.configured(131)

    def configured(self, version):
        """The kernel's configuration has pahole of that version."""
        config = self.tree.path / "include/config/auto.conf"
        lines = [line for line in config.read_text().splitlines() if not line.startswith(VERSION)]
        config.write_text("\n".join([*lines, f"{VERSION}{version}", ""]))

    def built(self, *words):
        self.stage(self.tree.make(*words), self.modules, self.with_btf)
        self.place.drain()

    def jobs_left_alone(self):
        if self.era.name == "5.11":
            return  # does not pass any
        calls = (self.place.dir / "calls").read_text().splitlines()
        self.assertEqual([call for call in calls if " -j" not in call], [])

    def test_first_build(self):
        """first build, -j as Kbuild has it"""
        self.stage(self.tree.make(), self.modules, self.with_btf)
        self.jobs_left_alone()
        self.like_clean()

    def test_same_base(self):
        """vmlinux linked again, same BTF"""
        self.built()
        btf = self.tree.vmlinux_btf()
        self.tree.edit_body()
        build = self.tree.make("-j2")
        self.assertTrue(build.vmlinux)
        self.assertEqual(self.tree.vmlinux_btf(), btf)
        self.stage(build, [], [])
        self.like_clean()

    def test_base_changed(self):
        """BTF of vmlinux changed: one BTF step each, no link"""
        self.built()
        for _ in range(2):
            self.tree.add_type()
            self.stage(self.tree.make("-j2"), [], self.with_btf)
        self.jobs_left_alone()
        self.like_clean()

    @renumbering
    def test_renumbered(self):
        """BTF of vmlinux changed, renumbered: no BTF step, no link"""
        self.skip_without_split_btf()
        self.make_room()
        self.built()
        for _ in range(2):
            self.tree.add_type()
            self.stage(self.tree.make(), [], [], renumbered=self.with_btf)
        self.like_clean()

    @renumbering
    def test_name_without_type(self):
        """a name leaves the base of which a module has the string alone: its BTF step, no link"""
        self.skip_without_split_btf()
        if os.uname().machine != "x86_64":
            self.skipTest("needs a function with another ABI")
        self.make_room()
        self.tree.append("core.c", "int of_core(int left_out) { return left_out; }\n")
        # pahole leaves a function out whose arguments are not where it expects them.
        self.tree.append("alpha.c", "int __attribute__((noinline, ms_abi)) of_alpha(int left_out)\n"
                                    "{ return left_out + 1; }\n")
        self.built()
        core = self.tree.path / "core.c"
        core.write_text(core.read_text().replace("left_out", "given"))
        self.stage(self.tree.make(), [], ["alpha.ko"],
                   renumbered=[name for name in self.with_btf if name != "alpha.ko"])
        self.like_clean()

    def test_reproducible_build(self):
        """pahole 1.28, --btf_features=…,reproducible_build: -j as Kbuild has it"""
        if not self.era.features:
            self.skipTest("no --btf_features in this era")
        self.configured(128)
        word = "BTF_FEATURES=reproducible_build"
        self.built(word)
        self.jobs_left_alone()
        self.tree.add_type()
        self.stage(self.tree.make(word), [], self.with_btf)
        self.like_clean(word)

    def distilled(self, edit):
        """Modules of M= have .BTF.base and follow the base, whatever changes there."""
        if not self.era.features or not self.external_btf:
            self.skipTest("no .BTF.base in this era")
        self.built()
        self.stage(self.tree.make("M=ext"), self.external, self.external, self.external)
        self.place.drain()
        self.stage(self.tree.make("M=ext"), [], [], self.external)
        edit()
        self.assertEqual(self.tree.make().status, 0)
        self.stage(self.tree.make("M=ext"), [], self.external, self.external)
        self.like_clean("M=ext", modules=EXTERNAL, before=((),))
        for name in EXTERNAL:
            headers = run(["readelf", "-SW", self.tree.path / name], self.place.environment())
            self.assertIn(" .BTF.base ", self.succeeded(headers).stdout)
        self.succeeded(self.place.kbtf("verify", *EXTERNAL, cwd=self.tree.path))

    @renumbering
    def test_distilled(self):
        """M= with .BTF.base, a type added to the base"""
        self.distilled(self.tree.add_type)

    def test_distilled_type_used(self):
        """M= with .BTF.base, a type changed in the base that the modules use"""
        self.distilled(self.tree.grow_shared)
