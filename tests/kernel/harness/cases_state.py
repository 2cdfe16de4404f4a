# SPDX-License-Identifier: GPL-2.0-only
"""kbtf's state directory is lost, cannot be written, or is full: never a wrong module."""

import contextlib
import os
import subprocess

from .check import Skip
from .runner import scenario
from .session import Session


@scenario(leaves="any", slow=True)
def state_deleted(c):
    """State deleted, nothing changed: as in a tree that kbtf never saw."""
    # Modules that are older than the configuration would be linked.
    c.kernel.add_type()
    c.succeeded(c.make())
    c.session.stop()
    c.session.forget()
    build = c.make()
    c.lines(build, c.kernel.with_ids, c.kernel.with_ids)
    c.same_kfuncs(c.like_oracle())
    # And below a running daemon.
    c.session.forget()
    c.kernel.add_type()
    build = c.make(ok=False)
    c.succeeded(build)
    c.equal("BTF [M] lines", sorted(build.btf), c.kernel.modules)
    c.same_kfuncs(c.like_oracle())


@contextlib.contextmanager
def _small_filesystem(c, size):
    """A tmpfs of that size, with a kbtf session that keeps its state there."""
    if os.geteuid() != 0:
        raise Skip("needs root to mount a small file system")
    place = c.session.dir / "small"
    place.mkdir(exist_ok=True)
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "kbtf-test",
                           place], capture_output=True, text=True, check=False)
    if made.returncode != 0:
        raise Skip(f"cannot mount a small file system: {made.stderr.strip()}")
    session = None
    try:
        session = Session(c.kernel, c.session.kbtf, c.logs, state=place)
        yield session, place
    finally:
        if session:
            session.close()
        subprocess.run(["umount", place], check=True)


def _changed_base(c, session):
    """A build with a changed base must end well, with every module right."""
    c.kernel.add_type()
    build = session.make(c.log)
    c.succeeded(build)
    c.equal("BTF [M] lines", sorted(build.btf), c.kernel.modules)
    session.drain()
    c.same_kfuncs(c.like_oracle())
    return build


@scenario(needs="any", leaves="any", slow=True)
def state_read_only(c):
    """State on a file system that became read-only, daemon started anew."""
    with _small_filesystem(c, "64m") as (session, place):
        c.succeeded(session.make(c.log))
        _changed_base(c, session)
        session.stop()
        subprocess.run(["mount", "-o", "remount,ro", place], check=True)
        with contextlib.suppress(OSError):
            (place / "probe").write_text("")
            raise Skip("a read-only file system can be written here")
        _changed_base(c, session)


@scenario(needs="any", leaves="any", slow=True)
def state_full(c):
    """State on a file system of 256 KiB: from the first build, and filled up later."""
    with _small_filesystem(c, "256k") as (session, place):
        c.succeeded(session.make(c.log))
        _changed_base(c, session)
        with contextlib.suppress(OSError), open(place / "filler", "wb", buffering=0) as file:
            while True:
                file.write(b"x" * 4096)
        _changed_base(c, session)
