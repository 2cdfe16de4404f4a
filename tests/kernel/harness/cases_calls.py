# SPDX-License-Identifier: GPL-2.0-only
"""Ways to call make with a real tree, besides plain O=. All of them and every era in miniature:
tests/compat."""

import os
import shutil

from . import process
from .cases_change import OWN_MODULE, OWN_SOURCE
from .check import Skip
from .kernel import GOALS, Build, Kernel, environment, tools, versions
from .runner import scenario


@scenario()
def single_module(c):
    """make drivers/net/dummy.ko: that one only, and make has the rest to do afterwards."""
    c.kernel.add_function(OWN_SOURCE)
    c.lines(c.make(goals=[OWN_MODULE]), [OWN_MODULE], [OWN_MODULE])
    c.stage(c.make(), [], [])
    c.kernel.add_type()
    c.succeeded(c.kernel.stock_make(c.log, goals=["vmlinux"]))
    c.lines(c.make(goals=[OWN_MODULE]), [], [OWN_MODULE])
    others = [module for module in c.kernel.modules if module != OWN_MODULE]
    c.stage(c.make(), [], others)
    c.like_oracle()


@scenario()
def of_a_parent(c):
    """-j3 of a parent make, job slots in a pipe, and in a fifo where there is a make for that."""
    styles = [([], {})]
    if "KBTF_TEST_FIFO_MAKE" in os.environ:
        # By the name of the other one: it is part of saved commands.
        newer = c.tools("newer-make")
        (newer / "make").symlink_to(os.environ["KBTF_TEST_FIFO_MAKE"])
        styles.append((["--jobserver-style=fifo"], {"PATH": c.path_with(newer)}))
    for words, env in styles:
        c.kernel.add_type()
        c.kernel.add_function(OWN_SOURCE)
        build = c.session.make_of_a_parent(c.log, "-j3", *words, **env)
        c.succeeded(build)
        c.session.drain()
        c.stage(build, [OWN_MODULE], c.kernel.modules)
        c.equal("complaints", [x for x in build.err if "jobserver" in x or "kbtf" in x], [])
        c.like_oracle()


@scenario()
def keep_going(c):
    """-k and a pahole that fails on one module: stock's status and message, the others built."""
    victim = "drivers/net/veth.ko"
    folder = c.tools("failing-pahole")
    (folder / "pahole").write_text(
        f"#!/bin/sh\nfor last; do :; done\ncase $last in *{os.path.basename(victim)}) exit 3 ;; "
        f"esac\nexec {shutil.which('pahole')} \"$@\"\n")
    (folder / "pahole").chmod(0o755)
    build = c.make("-k", ok=False, PATH=c.path_with(folder))
    c.equal("status", build.status, 2)
    c.equal("BTF [M] lines", sorted(build.btf), c.kernel.modules)
    c.that(any("Makefile.modfinal" in line and f"{victim}] Error 3" in line for line in build.err),
           f"make does not say what failed: {build.err}")
    c.equal("lines of kbtf's on standard error", build.kbtf_errors, [])
    c.that(not (c.kernel.obj / victim).exists(), f"{victim} was not deleted")
    c.stage(c.make(), [victim], c.kernel.modules)
    c.like_oracle()


@scenario()
def brought_back(c):
    """The objtree copied away, deleted and brought back, cp -a: nothing to do; then a new base."""
    copy = c.kernel.dir / "obj.copied"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(c.kernel.obj, copy, symlinks=True)
    shutil.rmtree(c.kernel.obj)
    os.rename(copy, c.kernel.obj)
    c.stage(c.make(), [], [])
    c.kernel.add_type()
    c.stage(c.make(), [], c.kernel.modules)
    c.like_oracle()


@scenario()
def hard_linked(c):
    """A backup of the objtree made of hard links, cp -al: its modules keep their bytes."""
    backup = c.kernel.dir / "obj.linked"
    shutil.rmtree(backup, ignore_errors=True)
    shutil.copytree(c.kernel.obj, backup, symlinks=True, copy_function=os.link)
    before = {module: (backup / module).read_bytes() for module in c.kernel.modules}
    try:
        c.kernel.add_type()
        c.stage(c.make(), [], c.kernel.modules)
        changed = [m for m in c.kernel.modules if (backup / m).read_bytes() != before[m]]
        c.equal("modules of the backup with other bytes", changed, [])
        c.like_oracle()
    finally:
        shutil.rmtree(backup)


@scenario(slow=True)
def in_tree(c):
    """Built in its own source, without O=: same BTF, new BTF, one module's file."""
    if c.kernel.rule or tools() or os.environ["KBTF_TEST_KERNEL"] != versions()[-1]:
        raise Skip("a whole kernel has to be compiled for this, which is done once, for "
                   + versions()[-1])
    tree = Kernel(c.kernel.dir)
    tree.src = tree.obj = c.kernel.dir / "intree"
    tree.modules = c.kernel.modules
    shutil.rmtree(tree.src, ignore_errors=True)
    c.succeeded(Build(c.session.run(["cp", "-al", c.kernel.dir / "pristine", tree.src], c.log)))
    try:
        _build_in_tree(c, tree)
    finally:
        shutil.rmtree(tree.src)


def _build_in_tree(c, tree):
    shutil.copy2(c.kernel.obj / ".config", tree.src / ".config")
    kbtf_make = [c.session.kbtf, "make", "-C", str(tree.src), f"-j{os.cpu_count()}", *GOALS]
    log = c.log

    def build(linked, btf):
        done = Build(c.session.run(kbtf_make, log, deadline=1200.0))
        c.succeeded(done)
        c.session.drain()
        c.stage(done, linked, btf)

    build(tree.modules, tree.modules)
    tree.touch()
    build([], [])
    tree.add_type()
    build([], tree.modules)
    tree.add_function(OWN_SOURCE)
    build([OWN_MODULE], [OWN_MODULE])
    kept = c.kernel.dir / "obj.results/in-tree"
    for module in tree.modules:
        for path in (tree.obj / module, tree.dot_cmd(module)):
            target = kept / path.relative_to(tree.obj)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.rename(path, target)
    stock = Build(process.run(["make", *kbtf_make[2:]], environment(), log))
    c.succeeded(stock)
    c.lines(stock, tree.modules, tree.modules)
    c.compare(tree.obj, found=kept)


@scenario(needs="any", leaves="any")
def blanks_refused(c):
    """A source path with a blank: Kbuild's own refusal, and not a word of kbtf's."""
    place = c.session.dir / "a b"
    place.mkdir()
    for name in ("Makefile", "scripts"):
        (place / name).symlink_to(c.kernel.src / name)
    shutil.copy2(c.kernel.src / "Makefile", place / "real")
    os.replace(place / "real", place / "Makefile")
    words = ["-C", str(place), *GOALS]
    ours = Build(c.session.run([c.session.kbtf, "make", *words], c.log))
    stock = Build(process.run(["make", *words], environment(), c.log))
    c.that(stock.status != 0 and "cannot contain spaces" in "\n".join(stock.err),
           f"stock does not refuse it: {stock.status}, {stock.err}")
    c.equal("status", ours.status, stock.status)
    c.equal("standard output", ours.out, stock.out)
    c.equal("standard error", ours.err, stock.err)
