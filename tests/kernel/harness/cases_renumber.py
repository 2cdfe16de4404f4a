# SPDX-License-Identifier: GPL-2.0-only
"""The base changed and the daemon knows the modules' types: it renumbers them."""

import signal

from .cases_change import OWN_MODULE, OWN_SOURCE
from .cases_daemon import Trigger
from .kernel import BUILTINS
from .runner import scenario


@scenario()
def renumbered(c):
    """A type added early, late, and in the middle of the base: each module renumbered, no step."""
    for source in (BUILTINS[0], BUILTINS[-1], BUILTINS[2]):
        before = c.kernel.vmlinux_btf()
        c.kernel.add_type(source)
        build = c.make()
        c.that(c.kernel.vmlinux_btf() != before, "vmlinux has the same BTF: this tests nothing")
        c.stage(build, [], c.kernel.modules, renumbered=len(c.kernel.modules))
        c.same_kfuncs(c.like_oracle())
    c.like_second_tree()
    c.verified()
    c.regenerated()


@scenario()
def renumbered_and_linked(c):
    """A type added to the base and to one module: that one is linked, the others renumbered."""
    c.kernel.add_type()
    c.kernel.add_type(OWN_SOURCE)
    c.stage(c.make(), [OWN_MODULE], c.kernel.modules, renumbered=len(c.kernel.modules) - 1)
    c.same_kfuncs(c.like_oracle())
    c.verified()


@scenario(slow=True)
def switched_off(c):
    """KBTF_NO_RENUMBER=1: a BTF step each, no link; the next daemon renumbers again."""
    with c.session.steps_only():
        c.kernel.add_type()
        c.stage(c.make(), [], c.kernel.modules, renumbered=0)
        c.like_oracle()
    c.make()
    c.kernel.add_type()
    c.stage(c.make(), [], c.kernel.modules, renumbered=len(c.kernel.modules))
    c.like_oracle()


@scenario(leaves="any")
def killed_before_renumbering(c):
    """SIGKILL for the daemon while a module is linked: it had promised to renumber the others."""
    pid = c.session.pid()
    trigger = Trigger("  LD [M]", 1, lambda: c.session.signal(pid, signal.SIGKILL))
    c.kernel.add_type()
    c.kernel.add_type(OWN_SOURCE)
    build = c.make(ok=False, on_line=trigger)
    c.that(trigger.left <= 0, "no module was linked: the daemon was left alone")
    c.succeeded(build)
    c.equal("modules with a BTF [M] line", sorted(set(build.btf)), c.kernel.modules)
    c.same_kfuncs(c.like_oracle())
    c.verified()
    c.make()
    c.like_oracle()
    c.stage(c.make(), [], [])
