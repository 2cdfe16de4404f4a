# SPDX-License-Identifier: GPL-2.0-only
"""The base, vmlinux's BTF: it changes often, or seems to."""

from .check import Skip
from .kernel import BUILTINS
from .runner import scenario


@scenario()
def ten_base_changes(c):
    """Ten types in a row in different places of the base: kfunc flags stay at their functions."""
    expected = c.kfuncs_of(c.oracle.clean_modules())  # names, so of any base
    for number in range(10):
        c.kernel.add_type(BUILTINS[number % len(BUILTINS)])
        c.stage(c.make(), [], c.kernel.modules)
        c.same_kfuncs(expected)
    c.same_kfuncs(c.like_oracle())
    c.verified()


@scenario()
def build_number(c):
    """Build number 9, then 10: linux_banner gets longer, so new BTF in each module and no link."""
    for number in (9, 10):
        c.kernel.set_build_number(number - 1)
        before = c.kernel.vmlinux_btf()
        c.kernel.touch()
        build = c.make()
        c.equal("build number", c.kernel.build_number(), number)
        c.that(c.kernel.vmlinux_btf() != before, "vmlinux has the same BTF: this tests nothing")
        c.stage(build, [], c.kernel.modules)
        c.like_oracle()
    c.kernel.set_build_number(20)


@scenario(slow=True)  # build_number shows the same
def timestamp_length(c):
    """A longer KBUILD_BUILD_TIMESTAMP, and back: new BTF in each module, no link."""
    for env in ({"KBUILD_BUILD_TIMESTAMP": "Thursday, 1 January 2026, midnight"}, {}):
        before = c.kernel.vmlinux_btf()
        build = c.make(**env)
        c.that(c.kernel.vmlinux_btf() != before, "vmlinux has the same BTF: this tests nothing")
        c.stage(build, [], c.kernel.modules)
        c.like_oracle(**env)


@scenario(leaves="any", slow=True)
def parallel_pahole(c):
    """KBUILD_BUILD_TIMESTAMP unset, so stock passes -j to pahole: still nothing to do."""
    env, seen = {"KBUILD_BUILD_TIMESTAMP": None}, c.session.dir / "j-seen"
    early = len(c.session.notices)
    c.make(**env)
    for number in range(2):
        c.kernel.touch()
        build = c.make(**env)
        c.that(build.vmlinux, "vmlinux was not linked: this tests nothing")
        c.stage(build, [], [])
        if number == 0:
            # The oracle is stock's command line, but for the -j that makes it unrepeatable.
            c.like_oracle(KBTF_TEST_J_SEEN=str(seen), **env)
    if not seen.exists():
        raise Skip("Kbuild passes no -j to this pahole")
    # Once per tree: where stock always passes -j, kbtf's first build in this tree said it. From
    # 1.29 on there is nothing to leave out.
    c.equal("early notices about -j", early, 1 if c.kernel.has_parallel_pahole() else 0)
    c.equal("notices about -j", len(c.session.notices), 1 if c.kernel.pahole_version() < 129 else 0)
