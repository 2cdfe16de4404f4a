# SPDX-License-Identifier: GPL-2.0-only
"""Run below a BTF step, in place of pahole's start: stops the daemon, asks it for the pristine bytes
of another module as a client would, hangs up, and lets the daemon go on. Ends with status 1 if that
module is not what it was.

usage: hang_up.py DAEMON_PID SOCKET KO LOG"""

import os
import pathlib
import re
import signal
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from lib.place import Place  # noqa: E402
from lib.wire import Wire, request  # noqa: E402


def stage():
    """Which one this step belongs to: the client above was told."""
    pid = os.getppid()
    while pid > 1:
        found = re.search(rb"--stage=(\d+)", pathlib.Path(f"/proc/{pid}/cmdline").read_bytes())
        if found:
            return found[1].decode()
        pid = int(re.search(r"PPid:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1])
    raise AssertionError("no client above")


def main(pid, socket, ko, log):
    before = pathlib.Path(ko).read_bytes()
    wire = Wire(socket)
    os.kill(int(pid), signal.SIGSTOP)
    wire.send(request("begin", stage=stage(), ko=ko, input="finished"))
    wire.close()
    os.kill(int(pid), signal.SIGCONT)
    name = pathlib.Path(ko).name
    Place.wait_for(lambda: f"{name}: in doubt:" in pathlib.Path(log).read_text(encoding="utf-8"))
    return 0 if pathlib.Path(ko).read_bytes() == before else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
