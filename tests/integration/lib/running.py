# SPDX-License-Identifier: GPL-2.0-only
"""Runs make in a session of its own and does something at a chosen line of its output."""

import os
import re
import select
import signal
import subprocess
import tempfile
import time

from .place import DEADLINE, Result

STAGE_LINE = re.compile(rb"  (LD \[M\]|BTF \[M\]|KBTF) ")


class Run:
    """One run of make. `armed` is called with its process group before make begins, `at_line` with
    the number of each line (from 1) that says that a module is worked on."""

    def __init__(self, command, env, cwd, armed=None, at_line=None):
        self.at_line, self.seen = at_line, 0
        with tempfile.TemporaryFile() as errors:
            # make begins when it is told to, so that nothing is missed.
            self.process = subprocess.Popen(
                ["sh", "-c", 'read go && exec "$@" </dev/null', "sh", *map(str, command)], env=env,
                cwd=cwd, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                start_new_session=True)
            try:
                if armed:
                    armed(self.process.pid)
                self.process.stdin.write(b"go\n")
                self.process.stdin.close()
                out = self.read()
                status = self.process.wait(DEADLINE)
            except BaseException:
                self.kill(signal.SIGKILL)
                self.process.wait()
                raise
            finally:
                self.process.stdout.close()
            errors.seek(0)
            self.result = Result(status, out, errors.read())

    def read(self):
        out, looked, end = b"", 0, time.monotonic() + DEADLINE
        while True:
            left = end - time.monotonic()
            if left < 0 or not select.select([self.process.stdout], [], [], left)[0]:
                raise AssertionError(f"make hangs: {out.decode('utf-8', 'replace')}")
            part = os.read(self.process.stdout.fileno(), 4096)
            if not part:
                return out
            out += part
            while (stop := out.find(b"\n", looked)) >= 0:
                if STAGE_LINE.match(out[looked:stop]):
                    self.seen += 1
                    if self.at_line:
                        self.at_line(self, self.seen)
                looked = stop + 1

    def kill(self, number):
        """Sends a signal to make and all that it has started."""
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            pass

    def kill_members(self, program):
        """Kills the processes in make's session that run `program`, and nothing else there."""
        for entry in os.scandir("/proc"):
            if not entry.name.isdigit():
                continue
            try:
                if os.getsid(int(entry.name)) == self.process.pid and \
                        os.readlink(f"/proc/{entry.name}/exe").rpartition("/")[2] == program:
                    os.kill(int(entry.name), signal.SIGKILL)
            except OSError:
                continue
