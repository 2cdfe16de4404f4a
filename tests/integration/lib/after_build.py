# SPDX-License-Identifier: GPL-2.0-only
"""What comes after the modules are built, once for every era: modules_install, and clean. Installed
files are compared with those that stock installs from a clean stock build."""

import pathlib
import shutil

from .eras import EXTERNAL
from .table import TableCase, renumbering

# Relative, so that the targets of the rule are not only %.ko, but in the objtree, too.
INSTALL = "INSTALL_MOD_PATH=inst"
COMPRESSED = {"GZIP": ".gz", "XZ": ".xz", "ZSTD": ".zst"}


class AfterBuild(TableCase):
    def where(self, names, top="inst", directory="kernel", suffix=""):
        """Where modules are installed."""
        release = (self.tree.path / "include/config/kernel.release").read_text().strip()
        return [f"{top}/lib/modules/{release}/{directory}/{name}{suffix}" for name in names]

    def install(self, *words):
        """modules_install: the log is stock's, the tree's own modules stay as they are, and nothing
        is asked of the daemon."""
        names = [name for name in self.tree.snapshot() if not name.startswith("inst")]
        before, totals = self.tree.snapshot(), self.place.stats()["totals"]
        stock = self.tree.stock_would("modules_install", *words)
        build = self.tree.make("modules_install", *words)
        self.assertEqual((build.status, build.out, build.err), (0, stock.out, stock.err))
        after = self.tree.snapshot()
        self.assertEqual([name for name in names if before[name] != after.get(name)], [])
        self.assertEqual(self.place.stats()["totals"], totals)

    def installed_like_clean(self, names, *builds):
        """These files, and no others, with the bytes that stock installs after `builds`."""
        found = self.tree.files(names)
        self.assertEqual(sorted(name for name in self.tree.snapshot() if name.startswith("inst")),
                         sorted(names))
        expected = self.tree.clean_files(names, builds)
        self.assertNotIn(None, expected.values())
        self.assertEqual([name for name in names if expected[name] != found[name]], [])

    def test_install(self):
        """modules_install"""
        words = ("modules_install", INSTALL)
        self.install(INSTALL)
        self.install(INSTALL, "V=1")
        self.installed_like_clean(self.where(self.modules), (), words)
        self.nothing_left_to_do()

    def test_install_stripped(self):
        """modules_install, INSTALL_MOD_STRIP=1"""
        words = (INSTALL, "INSTALL_MOD_STRIP=1")
        self.install(*words)
        self.installed_like_clean(self.where(self.modules), (), ("modules_install", *words))
        self.nothing_left_to_do()

    def test_install_signed(self):
        """modules_install, stripped, signed and compressed: gzip, xz, from 5.16 on zstd"""
        names, builds = [], [()]
        for what, suffix in COMPRESSED.items():
            if what == "ZSTD" and self.era.name == "5.11":
                continue  # came with 5.13, and this is 5.11
            if not shutil.which(what.lower()):
                self.skipTest(f"{what.lower()} is not installed")
            top = f"inst-{what}"
            words = (f"INSTALL_MOD_PATH={top}", "INSTALL_MOD_STRIP=1", "CONFIG_MODULE_SIG=y",
                     f"CONFIG_MODULE_COMPRESS_{what}=y")
            self.install(*words)
            names += self.where(self.modules, top, suffix=suffix)
            builds.append(("modules_install", *words))
        self.installed_like_clean(names, *builds)
        self.nothing_left_to_do()

    @renumbering
    def test_install_in_one_call(self):
        """make modules modules_install, BTF of vmlinux changed"""
        self.tree.add_type()
        build = self.tree.make("-j2", "modules", "modules_install", INSTALL)
        self.assertEqual((build.status, build.err), (0, []), build.result)
        self.assertEqual(build.btf, sorted(self.with_btf), build.result)
        self.installed_like_clean(self.where(self.modules), (), ("modules_install", INSTALL))
        self.like_clean()

    def test_install_external(self):
        """modules_install of M= modules, to INSTALL_MOD_DIR"""
        self.assertEqual(self.tree.make("M=ext").status, 0)
        path = f"INSTALL_MOD_PATH={self.tree.path}/inst"
        words = ("M=ext", path, "INSTALL_MOD_DIR=net")
        self.install(*words)
        names = self.where([pathlib.PurePath(name).name for name in EXTERNAL], directory="net")
        self.installed_like_clean(names, (), ("M=ext",), ("modules_install", *words))
        self.lines(self.tree.make("M=ext"), [], [])

    def clean(self, goal, *words):
        """Leaves the files that stock's leaves: none of kbtf's. Not even what a daemon leaves that
        is killed while it puts pristine bytes in place."""
        left_over = self.tree.path / ("ext" if words else "") / ".alpha.ko.kbtf"
        left_over.write_bytes(b"pristine")
        stock = self.tree.stock_would(goal, *words)
        build = self.tree.make(goal, *words)
        self.assertEqual((build.status, build.out, build.err), (0, stock.out, stock.err))
        self.assertEqual(set(self.tree.snapshot()), stock.files)
        self.assertFalse(left_over.exists())

    def sources_left(self, *generated):
        self.assertEqual(set(self.tree.snapshot()) - set(self.yard.sources), set(generated))

    def exact_again(self, *words):
        self.stage(self.tree.make(*words), self.modules, self.with_btf)
        self.like_clean()
        self.nothing_left_to_do()

    def test_clean(self):
        """make clean: nothing of kbtf's is left; a build, and another with the clean in its call"""
        self.clean("clean")
        self.sources_left("include/config/kernel.release", "include/generated/utsrelease.h")
        self.exact_again()
        self.exact_again("clean", "modules")

    def test_mrproper(self):
        """make mrproper, then a build with the same daemon, and with the next one"""
        for _ in range(2):
            self.clean("mrproper")
            self.sources_left()
            self.exact_again()
            self.succeeded(self.place.kbtf("stop"))

    @renumbering
    def test_clean_base_changed(self):
        """make clean after the BTF of vmlinux changed, before and after the modules follow"""
        self.tree.add_type()
        self.assertEqual(self.tree.make("vmlinux-stage").status, 0)
        self.assertEqual(self.tree.make("clean").status, 0)
        self.exact_again()
        self.tree.add_type()
        self.assertEqual(self.tree.make().status, 0)
        self.assertEqual(self.tree.make("clean").status, 0)
        self.exact_again()

    def test_clean_external(self):
        """make clean with M="""
        self.assertEqual(self.tree.make("M=ext").status, 0)
        kernel = self.tree.finished(self.modules)
        self.clean("clean", "M=ext")
        self.stage(self.tree.make("M=ext"), self.external, self.external_btf, self.external)
        self.like_clean("M=ext", modules=EXTERNAL, before=((),))
        self.assertEqual(self.tree.finished(self.modules), kernel)
