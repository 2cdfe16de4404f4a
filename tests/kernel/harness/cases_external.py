# SPDX-License-Identifier: GPL-2.0-only
"""Modules outside the tree, built with M=."""

import os
import shutil

from . import elf, process
from .kernel import Build, environment
from .runner import scenario

NAMES = ["one.ko", "two.ko"]
SOURCE = """#include <linux/module.h>
#include <linux/netdevice.h>
struct ext_{0} {{ int first; struct net_device *dev; }};
int ext_{0}(struct ext_{0} *a);
int ext_{0}(struct ext_{0} *a) {{ return a->first + a->dev->ifindex; }}
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("external");
"""


class External:
    """A directory with two modules."""

    def __init__(self, c):
        self.c = c
        self.path = c.session.dir / c.name
        self.path.mkdir()
        (self.path / "Kbuild").write_text("obj-m := one.o two.o\n")
        for name in NAMES:
            stem = name[:-3]
            (self.path / f"{stem}.c").write_text(SOURCE.format(stem))

    def command(self, obj=None):
        return ["make", "-C", self.c.kernel.src, f"O={obj or self.c.kernel.obj}",
                f"M={self.path}", f"-j{os.cpu_count()}"]

    def make(self, **options):
        return Build(self.c.session.run([self.c.session.kbtf, *self.command(**options)],
                                        self.c.log))

    def stock(self, *words, obj=None, **env):
        command = [*map(str, self.command(obj)), *words]
        return Build(process.run(command, environment(**env), self.c.log))

    def products(self):
        names = [*NAMES, *(f".{name}.cmd" for name in NAMES)]
        return {name: (self.path / name).read_bytes() for name in names
                if (self.path / name).exists()}

    def like_clean(self):
        """What is there is what stock leaves after make clean."""
        found = self.products()
        self.c.equal("files", len(found), 4)
        self.c.succeeded(self.stock("clean"))
        self.c.succeeded(self.stock())
        expected = self.products()
        self.c.equal("files that differ from a clean stock build",
                     [name for name in expected if found.get(name) != expected[name]], [])
        self.c.compared += len(NAMES)

    def lines(self, build, linked, btf):
        names = [os.path.basename(name) for name in build.linked]
        self.c.equal("LD [M] lines", sorted(names), linked)
        names = [os.path.basename(name) for name in build.btf]
        self.c.equal("BTF [M] lines", sorted(names), btf)
        self.c.equal("lines of kbtf's on standard error", build.kbtf_errors, [])


@scenario()
def external(c):
    """M=: first build, nothing, one file, a changed base, which stock does not notice."""
    ext = External(c)
    for linked, btf, change in ((NAMES, NAMES, None), ([], [], None),
                                (["two.ko"], ["two.ko"], "object"), ([], NAMES, "base")):
        if change == "object":
            with open(ext.path / "two.c", "a", encoding="utf-8") as file:
                file.write("int ext_more(int a);\nint ext_more(int a) { return a; }\n")
        if change == "base":
            c.kernel.add_type()
            c.make()
            c.lines(ext.stock(), [], [])
        build = ext.make()
        c.succeeded(build)
        c.session.drain()
        ext.lines(build, linked, btf)
    ext.like_clean()
    with_distilled = elf.section(ext.path / "one.ko", ".BTF.base") is not None
    c.equal("modules with .BTF.base", with_distilled, c.kernel.distils())


@scenario()
def external_unprepared(c):
    """M= in a tree without vmlinux and Module.symvers: stock's messages, status and modules."""
    ext = External(c)
    prepared = c.kernel.dir / "obj.prepared"
    shutil.rmtree(prepared, ignore_errors=True)
    shutil.copytree(c.kernel.obj, prepared, symlinks=True, copy_function=os.link,
                    ignore=lambda _, names: [n for n in names if n in (
                        "vmlinux", "vmlinux.o", "vmlinux.symvers", "Module.symvers",
                        "modules.order") or n.endswith((".ko", ".ko.cmd", ".a"))])
    try:
        for env in ({}, {"KBUILD_MODPOST_WARN": "1"}):
            stock = ext.stock(obj=prepared, **env)
            theirs = ext.products()
            c.succeeded(ext.stock("clean", obj=prepared))
            ours = Build(c.session.run([c.session.kbtf, *ext.command(prepared)], c.log, **env))
            c.equal("status", ours.status, stock.status)
            c.equal("standard output", sorted(ours.out), sorted(stock.out))
            c.equal("standard error", sorted(ours.err), sorted(stock.err))
            c.equal("modules", ext.products() == theirs, True)
            c.succeeded(ext.stock("clean", obj=prepared))
        c.equal("status with KBUILD_MODPOST_WARN=1", ours.status, 0)
        c.equal("lines about BTF", sum("Skipping BTF generation" in x for x in ours.err), 2)
    finally:
        shutil.rmtree(prepared)
