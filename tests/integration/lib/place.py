# SPDX-License-Identifier: GPL-2.0-only
"""The directories of one test and what runs in them. Nothing of the caller's environment gets in,
and nothing that was started stays behind."""

import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parents[3]
BUILD = pathlib.Path(os.environ.get("KBTF_TEST_BUILD_DIR", TOP / "build/release")).resolve()
KBTF = BUILD / "client/kbtf"
KBTFD = BUILD / "daemon/server/kbtfd"
HOOK = BUILD / "kbuild-hooks/kbtf.mk"
SORT_BTF = BUILD / "tests/programs/resolve_btfids"

# Ends a test that hangs. No test passes because of it.
DEADLINE = 60.0


class Result:
    """A finished program: exit status (negative: killed by that signal) and its two streams."""

    def __init__(self, status, out, err):
        self.status = status
        self.stdout = out.decode("utf-8", "replace")
        self.stderr = err.decode("utf-8", "replace")
        self.out, self.err = self.stdout.splitlines(), self.stderr.splitlines()

    def __str__(self):
        return f"status {self.status}\n--- stdout\n{self.stdout}--- stderr\n{self.stderr}---"


def run(command, env, cwd="/", stdin=None, **options):
    """Runs `command` in a session of its own and waits for it; all of that dies if it hangs."""
    process = subprocess.Popen([str(word) for word in command], env=env, cwd=cwd,
                               stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               start_new_session=True, **options)
    try:
        out, err = process.communicate(stdin, timeout=DEADLINE)
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    return Result(process.returncode, out, err)


def gone(pid, deadline=DEADLINE):
    """Waits until a process, child or not, has ended. False: it has not."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], deadline)[0])
    finally:
        os.close(handle)


class Place:
    program = KBTF
    options = {}  # of subprocess, for all that a user of the place types

    def __init__(self):
        # Below /tmp and short: a socket's path has 108 bytes.
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="kbtf-", dir="/tmp"))
        self.runtime, self.state, self.cache = (self.dir / n for n in ("run", "state", "cache"))
        self.socket = self.runtime / "kbtfd.sock"
        self.log = self.dir / "kbtfd.log"
        self.tools = self.dir / "tools"  # first in PATH
        self.tools.mkdir()
        (self.dir / "home").mkdir()
        self.env = {
            "PATH": f"{self.tools}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
            "HOME": str(self.dir / "home"), "LC_ALL": "C", "KBTF_LOG": str(self.log),
            "KBTF_RUNTIME_DIR": str(self.runtime), "KBTF_STATE_DIR": str(self.state),
            "KBTF_CACHE_DIR": str(self.cache),
            # ASAN_OPTIONS and its like: where a sanitizer writes what it finds.
            **{name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}}

    def environment(self, **more):
        """The test's environment; None takes a variable out."""
        both = {**self.env, **more}
        return {name: str(value) for name, value in both.items() if value is not None}

    def kbtf(self, *arguments, cwd="/", stdin=None, **env):
        return self.run([self.program, *arguments], cwd, stdin, **env)

    def run(self, command, cwd="/", stdin=None, **env):
        return run(command, self.environment(**env), cwd, stdin, **self.options)

    def own(self, path):
        """Gives files that the test has made to the user of the place."""

    def kbtfd(self, *arguments, **env):
        """Runs a daemon that is expected to end by itself."""
        return run([KBTFD, *arguments], self.environment(**env))

    def foreground(self, *arguments, pass_fds=(), **env):
        """A daemon that is a child of the test; returns when it serves."""
        process = subprocess.Popen([KBTFD, "--foreground", *arguments], pass_fds=pass_fds,
                                   env=self.environment(**env), stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.wait_for(lambda: process.poll() is not None or self.status() is not None)
        return process

    def status(self):
        """The answer to kbtf status, or None."""
        result = self.kbtf("status", "--json")
        return json.loads(result.stdout) if result.status == 0 else None

    def stats(self):
        result = self.kbtf("stats", "--json")
        if result.status != 0:
            raise AssertionError(f"kbtf stats: {result}")
        return json.loads(result.stdout)

    def start(self):
        """Starts the daemon with kbtf start and returns its process id."""
        result = self.kbtf("start")
        if result.status != 0:
            raise AssertionError(f"kbtf start: {result}")
        return self.status()["pid"]

    def drain(self):
        if self.kbtf("drain").status != 0:
            raise AssertionError("kbtf drain failed")

    def daemons(self):
        """Process ids of the running daemons whose runtime directory or home is in this place."""
        marks = tuple(f"{name}={self.dir}/".encode() for name in ("KBTF_RUNTIME_DIR", "HOME"))
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                program = os.path.basename(os.readlink(entry / "exe").removesuffix(" (deleted)"))
                variables = (entry / "environ").read_bytes().split(b"\0")
            except OSError:
                continue  # ended meanwhile, or another user's
            if program == KBTFD.name and any(v.startswith(marks) for v in variables):
                found.append(int(entry.name))
        return found

    @staticmethod
    def wait_for(condition, deadline=DEADLINE):
        """Asks again and again until the answer is true."""
        end = time.monotonic() + deadline
        while not condition():
            if time.monotonic() > end:
                raise AssertionError("waited in vain")
            select.select([], [], [], 0.01)

    def kill_all(self):
        for pid in self.daemons():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
            gone(pid)

    def close(self):
        self.kill_all()
        shutil.rmtree(self.dir, ignore_errors=True)
