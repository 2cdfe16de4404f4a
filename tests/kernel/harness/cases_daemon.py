# SPDX-License-Identifier: GPL-2.0-only
"""The daemon dies, hangs or is not there: the build goes on as stock's, and ends right."""

import os
import signal

from .runner import scenario


class Trigger:
    """Calls `act` when the count-th line begins with `start`; a watcher for Session.make()."""

    def __init__(self, start, count, act):
        self.start, self.left, self.act = start, count, act

    def __call__(self, line, _):
        if line.startswith(self.start):
            self.left -= 1
            if self.left == 0:
                self.act()


def _mid_stage(c, number):
    """A base change with the signal `number` for the daemon after the first modules."""
    with c.session.steps_only():
        c.that(c.session.verb("start").status == 0, "kbtf start failed")
        _mid_steps(c, number)


def _mid_steps(c, number):
    pid = c.session.pid()
    if not c.that(pid, "kbtf status names no daemon"):
        return
    jobs = os.cpu_count()
    # The line of a module comes before its step, so one of these is done by then.
    trigger = Trigger("  BTF [M]", jobs + 1, lambda: c.session.signal(pid, number))
    c.kernel.add_type()
    build = c.make(ok=False, on_line=trigger)
    c.that(trigger.left <= 0, "too few BTF steps: the daemon was left alone, this tests nothing")
    if number == signal.SIGSTOP:
        c.session.signal(pid, signal.SIGCONT)
    c.succeeded(build)
    c.equal("BTF [M] lines", sorted(build.btf), c.kernel.modules)
    early = set(build.linked) & set(build.btf[:jobs + 1])
    c.that(len(early) <= jobs, f"linked while the daemon was there: {sorted(early)}")
    c.said_once(build)
    c.that(build.seconds < 90, f"the build took {build.seconds:.0f} s")
    c.same_kfuncs(c.like_oracle())
    # What stock served meanwhile is adopted or written again, once.
    c.make()
    c.like_oracle()
    c.stage(c.make(), [], [])


@scenario(leaves="any")
def daemon_killed(c):
    """SIGKILL for the daemon in the middle of a module stage."""
    _mid_stage(c, signal.SIGKILL)


@scenario(leaves="any")
def daemon_stopped(c):
    """SIGSTOP for the daemon in the middle of a module stage."""
    _mid_stage(c, signal.SIGSTOP)


@scenario(leaves="any", slow=True)
def daemon_stopped_early(c):
    """SIGSTOP for the daemon while vmlinux is linked: link and BTF for all that is stale."""
    pid = c.session.pid()
    trigger = Trigger("  LD      .tmp_vmlinux", 1, lambda: c.session.signal(pid, signal.SIGSTOP))
    c.kernel.add_type()
    build = c.make(ok=False, on_line=trigger)
    c.that(trigger.left <= 0, "vmlinux was not linked: this tests nothing")
    c.session.signal(pid, signal.SIGCONT)
    c.succeeded(build)
    c.lines(build, c.kernel.modules, c.kernel.modules)
    c.said_once(build)
    c.that(build.seconds < 90, f"the build took {build.seconds:.0f} s")
    c.same_kfuncs(c.like_oracle())


@scenario(needs="any", leaves="any")
def daemon_absent(c):
    """Plain make with "kbtf env" and no daemon: link and BTF for all that is stale."""
    c.kernel.add_type()
    build = c.session.plain_make(c.log, daemon=False)
    c.succeeded(build)
    c.lines(build, c.kernel.modules, c.kernel.modules)
    c.said_once(build)
    c.that(c.session.pid() is None, "plain make started a daemon")
    c.same_kfuncs(c.like_oracle())


@scenario(leaves="any")
def plain_make(c):
    """Plain make with "kbtf env" and a daemon does what kbtf make does."""
    c.kernel.add_type()
    build = c.session.plain_make(c.log)
    c.succeeded(build)
    c.session.drain()
    c.stage(build, [], c.kernel.modules)
    c.like_oracle()
