# SPDX-License-Identifier: GPL-2.0-only
"""A fault injector for kbtfd: at the Nth call that changes a file below given directories the daemon
is killed, writes half, or is told that the disk is full. faults.c does it, this arms it."""

import errno
import mmap
import pathlib
import struct

from ..place import KBTFD, run

HERE = pathlib.Path(__file__).resolve().parent
SIZE = 2048
WORDS = struct.Struct("=6q")  # count, at, action, error, group, fired
LOG, WHERE = slice(64, 1024), slice(1024, 2048)

# Action and errno by the name that tests use. "full" and "half-full" last until they are disarmed.
ACTIONS = {"count": (0, 0), "kill": (1, 0), "kill-after": (2, 0), "kill-half": (3, 0),
           "half-full": (4, 0), "full": (5, 0), "enospc": (6, errno.ENOSPC), "eio": (6, errno.EIO),
           "edquot": (6, errno.EDQUOT), "erofs": (6, errno.EROFS)}
NEVER = 1 << 40


class Injector:
    """One shared control block; the daemons of a place that were started with it obey it."""

    def __init__(self, place):
        self.place = place
        library = place.dir / "faults.so"
        # utimensat() may get no name, whatever its declaration says.
        built = run(["gcc", "-shared", "-fPIC", "-O1", "-w", "-fno-delete-null-pointer-checks", "-o",
                     library, HERE / "faults.c", "-ldl"], place.environment())
        if built.status != 0:
            raise AssertionError(f"faults.c: {built}")
        path = place.dir / "faults.control"
        path.write_bytes(bytes(SIZE))
        with open(path, "r+b") as file:
            self.block = mmap.mmap(file.fileno(), SIZE)
        self.env = {"LD_PRELOAD": library, "KBTF_TEST_FAULTS": path}

    def start(self, **env):
        """A daemon with the injector; a child of the test."""
        return self.place.foreground(**{**self.env, **env})

    def arm(self, directories, at, action="kill", group=0):
        """Counts from here on. `at` from 1; without one the calls are counted and nothing else."""
        names = "\n".join(str(directory) for directory in directories).encode()
        self.block[WHERE] = names.ljust(1024, b"\0")
        self.block[LOG] = bytes(960)
        what, error = ACTIONS[action]
        # The count's limit goes last: until then no call counts.
        WORDS.pack_into(self.block, 0, 0, 0, what, error, group, 0)
        WORDS.pack_into(self.block, 0, 0, at or NEVER, what, error, group, 0)

    def disarm(self):
        """Returns how many calls there were, and at which of them it happened (or None)."""
        count, _, _, _, _, fired = WORDS.unpack_from(self.block, 0)
        struct.pack_into("=q", self.block, 8, 0)
        text = bytes(self.block[LOG]).rstrip(b"\0").decode("utf-8", "replace")
        return count, text if fired else None


def available():
    """Whether the daemon can be preloaded: not if it is built with a sanitizer's own runtime."""
    libraries = run(["ldd", KBTFD], {"LC_ALL": "C", "PATH": "/usr/bin:/bin"}).stdout
    return not any(name in libraries for name in ("libasan", "libtsan"))
