# SPDX-License-Identifier: GPL-2.0-only
"""Changes that a developer makes on purpose."""

import os
import shutil

from . import elf
from .runner import scenario

OWN_SOURCE, OWN_MODULE = "drivers/net/dummy.c", "drivers/net/dummy.ko"


@scenario(needs="fresh")
def adopted(c):
    """A tree that stock built: modules with .BTF_ids are relinked, the others left alone."""
    # The tree is a copy, and of a copied tool only the copying is known: stock makes all the
    # modules where the tools already are.
    for module in c.kernel.modules:
        (c.kernel.obj / module).unlink()
    c.succeeded(c.kernel.stock_make(c.log))
    build = c.make()
    c.that(c.kernel.with_ids, "no module has .BTF_ids: this tests nothing")
    c.lines(build, c.kernel.with_ids, c.kernel.with_ids)
    c.same_kfuncs(c.like_oracle())
    # Their pristine bytes are unknown so far, so the first change of the base may relink them.
    c.kernel.add_type()
    build = c.make()
    c.equal("BTF [M] lines", sorted(build.btf), c.kernel.modules)
    c.same_kfuncs(c.like_oracle())
    c.verified()


@scenario()
def no_change(c):
    """Nothing changed: nothing runs."""
    c.stage(c.make(), [], [])
    c.like_oracle()


@scenario()
def touched(c):
    """A built-in file touched: vmlinux is linked again, no module is."""
    c.kernel.touch()
    build = c.make()
    c.that(build.vmlinux, "vmlinux was not linked: this tests nothing")
    c.stage(build, [], [])
    c.like_oracle()


@scenario()
def body_edited(c):
    """A function body of a built-in file edited: no module is touched."""
    c.kernel.edit_body()
    build = c.make()
    c.that(build.vmlinux, "vmlinux was not linked: this tests nothing")
    c.stage(build, [], [])
    c.like_oracle()
    c.like_second_tree()


@scenario()
def new_type(c):
    """A struct and a function added to a built-in file: new BTF in each module, no link."""
    before = c.kernel.vmlinux_btf()
    c.kernel.add_type()
    build = c.make()
    c.that(c.kernel.vmlinux_btf() != before, "vmlinux has the same BTF: this tests nothing")
    c.stage(build, [], c.kernel.modules)
    c.same_kfuncs(c.like_oracle())
    c.like_second_tree()
    c.verified()
    told = c.session.json("explain", c.kernel.obj / OWN_MODULE) or {}
    c.that(told.get("known") and told.get("reason"), f"kbtf explain gives no reason: {told}")


@scenario()
def header_changed(c):
    """A struct grows in a header of built-in files and two modules: these are relinked."""
    inputs, before = c.kernel.link_inputs(), c.kernel.vmlinux_btf()
    c.kernel.grow_struct()
    build = c.make()
    after = c.kernel.link_inputs()
    linked = [m for m in c.kernel.modules if inputs[m] != after[m]]
    c.equal("modules rebuilt", linked, ["drivers/block/loop.ko", "fs/ext4/ext4.ko"])
    c.that(c.kernel.vmlinux_btf() != before, "vmlinux has the same BTF: this tests nothing")
    c.stage(build, linked, c.kernel.modules)
    c.like_oracle()


@scenario()
def own_file_edited(c):
    """A file of one module edited: that module is linked and gets its BTF."""
    c.kernel.add_function(OWN_SOURCE)
    c.stage(c.make(), [OWN_MODULE], [OWN_MODULE])
    c.like_oracle()


@scenario()
def same_object(c):
    """Files of two modules compiled again, to the same objects: no link, and nothing left to do."""
    c.kernel.add_function(OWN_SOURCE)
    c.make()  # what stock has linked is known from now on
    c.kernel.touch(OWN_SOURCE)
    c.kernel.touch("net/netfilter/nf_nat_core.c")
    build = c.make()
    c.equal("files compiled", sorted(os.path.basename(name) for name in build.compiled),
            ["dummy.o", "nf_nat_core.o"])
    c.stage(build, [], [])
    c.stage(c.make(), [], [])
    c.like_oracle()


@scenario()
def link_flags_changed(c):
    """LDFLAGS_MODULE on the command line, and off again: every module is linked, with BTF."""
    before = (c.kernel.obj / OWN_MODULE).read_bytes()
    flags = "LDFLAGS_MODULE=--build-id=md5"
    c.stage(c.make(flags), c.kernel.modules, c.kernel.modules)
    c.that((c.kernel.obj / OWN_MODULE).read_bytes() != before, "the flag changes no module")
    c.like_oracle(flags)
    c.stage(c.make(), c.kernel.modules, c.kernel.modules)
    c.like_oracle()


@scenario()
def pahole_replaced(c):
    """Another pahole (a copy with one byte more), and back: a BTF step each, no link."""
    other = c.tools("other-pahole")
    shutil.copy2(shutil.which("pahole"), other / "pahole")
    with open(other / "pahole", "ab") as file:
        file.write(b"\n")
    path = c.path_with(other)
    c.stage(c.make(PATH=path), [], c.kernel.modules)
    c.like_oracle(PATH=path)
    c.that(elf.section(c.kernel.obj / OWN_MODULE, ".BTF"), f"{OWN_MODULE} has no .BTF")
    c.stage(c.make(), [], c.kernel.modules)
    c.like_oracle()
