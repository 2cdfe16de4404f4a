# SPDX-License-Identifier: GPL-2.0-only
"""Modules built with M=, once for every era. Stock never notices that their base changed."""

import pathlib

from .eras import EXTERNAL
from .table import TableCase, renumbering

# A clean build without the kernel's own.
PREPARED = (("modules_prepare",),)


class External(TableCase):
    def follow(self, where, *words, names=None, before=((),), base=(), make=None):
        """A first build, nothing, an object, a new base. `before` builds the kernel when it is
        built clean, `base` when it changed; `names` is how the log calls the modules."""
        make = make or (lambda: self.tree.make(*words))
        names = names or self.external
        btf = names if self.external_btf else []
        files = [f"{where}/{pathlib.PurePath(name).name}" for name in EXTERNAL]
        self.stage(make(), names, btf, names)
        self.place.drain()
        self.stage(make(), [], [], names)
        self.tree.add_type("ext/two.c")
        self.stage(make(), names[1:], btf[1:], names)
        self.like_clean(*words, modules=files, before=before)
        self.place.drain()
        self.tree.add_type()
        self.stage(self.tree.make(*base), [], self.with_btf)
        self.stage(make(), [], btf, names)
        self.like_clean(*words, modules=files, before=before)

    def test_in_tree(self):
        """M=, kernel built in its source; base changed, which stock misses"""
        self.follow("ext", "M=ext")

    def test_from_the_module(self):
        """M= from the module's directory"""
        ext = self.tree.path / "ext"
        words = ["-C", self.tree.path, f"M={ext}"]
        if self.era.external == "directory":
            words = ["-f", self.tree.path / "Makefile", f"M={ext}"]
        names = [str(self.tree.path / name) for name in EXTERNAL]
        self.follow("ext", f"M={ext}", make=lambda: self.make_in(ext, *words),
                    names=names if self.era.external == "prefix" else None)

    def test_outside(self):
        """M= and O="""
        base = (f"O={self.tree.path}/out",)
        self.stage(self.tree.make(*base), self.modules, self.with_btf)
        self.place.drain()
        names = [str(self.tree.path / name) for name in EXTERNAL]
        self.follow("ext", *base, f"M={self.tree.path}/ext", before=(base,), base=base,
                    names=names if self.era.external == "prefix" else None)

    @renumbering
    def test_renumbered(self):
        """M=, base changed, renumbered: no BTF step, no link"""
        self.skip_without_split_btf()
        self.make_room()
        for words in ((), ("M=ext",)):
            self.assertEqual(self.tree.make(*words).status, 0)
        self.place.drain()
        self.tree.add_type()
        self.stage(self.tree.make(), [], [], renumbered=self.with_btf)
        self.stage(self.tree.make("M=ext"), [], [], self.external, renumbered=self.external)
        self.like_clean("M=ext", modules=EXTERNAL, before=((),))

    def test_module_output(self):
        """M= and MO="""
        if self.era.external == "prefix":
            self.skipTest("no MO= in this era")
        self.follow("made", "M=ext", f"MO={self.tree.path}/made")

    def test_no_vmlinux(self):
        """M= without vmlinux: stock's message and result"""
        (self.tree.path / "vmlinux").unlink()
        build = self.tree.make("M=ext")
        self.assertEqual(build.status, 0, build.result)
        self.lines(build, self.external, self.external_btf)
        self.assertEqual(build.err, [f"Skipping BTF generation for {name} due to unavailability "
                                     "of vmlinux" for name in self.external_btf], build.result)
        self.like_clean("M=ext", modules=EXTERNAL, before=PREPARED)

    def test_prepared(self):
        """M= in a tree of modules_prepare: no vmlinux, Module.symvers, modules.order"""
        self.tree = self.yard.fresh(self.place)
        self.assertEqual(self.tree.stock_make("modules_prepare").status, 0)
        stock = self.tree.stock_would("M=ext")
        build = self.tree.make("M=ext")
        self.assertEqual((build.status, build.err), (0, stock.err), build.result)
        self.assertEqual(len(build.err), 1 + len(self.external_btf), build.result)
        self.lines(build, self.external, self.external_btf)
        self.like_clean("M=ext", modules=EXTERNAL, before=PREPARED)
        self.lines(self.tree.make("M=ext"), [], [])

    def test_vmlinux_comes_later(self):
        """M= without vmlinux, then with"""
        moved = self.tree.path / "vmlinux.away"
        (self.tree.path / "vmlinux").rename(moved)
        self.assertEqual(self.tree.make("M=ext").status, 0)
        moved.rename(self.tree.path / "vmlinux")
        build = self.tree.make("M=ext")
        self.assertEqual((build.status, build.err), (0, []), build.result)
        self.assertEqual(build.btf, self.external_btf)
        self.like_clean("M=ext", modules=EXTERNAL, before=((),))
