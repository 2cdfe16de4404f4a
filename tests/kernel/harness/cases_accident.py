# SPDX-License-Identifier: GPL-2.0-only
"""Accidents: files lost or damaged, a build killed. Stock leaves modules without BTF here."""

import os
import re
import shutil

from lib import unseen

from . import elf
from .runner import scenario


@scenario()
def ko_deleted(c):
    """A .ko deleted: linked, with BTF."""
    module = "net/netfilter/nf_conntrack.ko"
    (c.kernel.obj / module).unlink()
    c.stage(c.make(), [module], [module])
    c.same_kfuncs(c.like_oracle())


@scenario()
def ko_overwritten(c):
    """Junk in a .ko, and in another with size and mtime as before: both linked, with BTF."""
    plain, sly = "fs/ext4/ext4.ko", "drivers/net/tun.ko"
    (c.kernel.obj / plain).write_bytes(b"junk")
    path = c.kernel.obj / sly
    stat = path.stat()
    with open(path, "r+b") as file:
        file.write(b"junk" * (stat.st_size // 8))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    refused = c.verified(good=False)
    text = "\n".join(refused.out + refused.err)
    for module in (plain, sly):
        c.that(os.path.basename(module) in text, f"kbtf verify says nothing of {module}")
    c.stage(c.make(), [plain, sly], [plain, sly])
    c.like_oracle()
    c.verified()


@scenario()
def cmd_deleted(c):
    """A .x.ko.cmd deleted: linked, with BTF (stock leaves it without)."""
    module = "drivers/net/veth.ko"
    c.kernel.dot_cmd(module).unlink()
    c.stage(c.make(), [module], [module])
    c.like_oracle()


@scenario(leaves="any")
def killed_between(c):
    """make and all below killed between LD and BTF of one module: the next build mends it."""
    source, module = "drivers/net/veth.c", "drivers/net/veth.ko"
    killer = c.tools("killing-pahole")
    # 0 is the process group: make and everything that it started.
    script = killer / "script"
    script.write_text(
        f"for last; do :; done\ncase $last in *{os.path.basename(module)}) kill -9 0 ;; esac\n"
        f"exec {shutil.which('pahole')} \"$@\"\n")
    unseen.install(killer / "pahole", script)
    c.kernel.add_function(source)
    before = c.kernel.files()
    build = c.make(ok=False, PATH=c.path_with(killer))
    # An objcopy that was killed as well leaves its temporary, as with stock.
    for name in c.kernel.files() - before:
        if re.fullmatch(r"st\w{6}", os.path.basename(name)):
            (c.kernel.obj / name).unlink()
    c.equal("status of the killed build", build.status, -9)
    c.that(module in build.linked and elf.section(c.kernel.obj / module, ".BTF") is None,
           f"{module} was not killed between LD and BTF: this tests nothing")
    build = c.make()
    c.that(module in build.btf, f"{module} got no BTF step")
    # Not more than were under way at -j: the killed pahole is another one, so what it had
    # served gets another BTF step, but no link.
    c.that(len(build.linked) <= os.cpu_count(), f"linked again: {build.linked}")
    c.like_oracle()
    c.verified()
    c.stage(c.make(), [], [])
