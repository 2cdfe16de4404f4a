# SPDX-License-Identifier: GPL-2.0-only
"""Runs commands: output goes to a log line by line, callers can watch it, nothing runs for ever."""

import os
import selectors
import signal
import subprocess
import time


class Result:
    """A finished command: exit status (negative: killed by that signal), lines, seconds."""

    def __init__(self):
        self.status = None
        self.out = []
        self.err = []
        self.seconds = 0.0
        self.timed_out = False


def run(command, env, log, cwd=None, deadline=300.0, on_line=None):
    """Runs `command` as a process group of its own and returns a Result.

    Both streams are appended to the file `log`, standard error with a mark. `on_line(line, pid)`
    is called for each line of standard output as it comes; `pid` is also the process group.
    After `deadline` seconds the group is killed.
    """
    result = Result()
    began = time.monotonic()
    with open(log, "a", encoding="utf-8") as record:
        record.write("$ " + " ".join(command) + "\n")
        process = subprocess.Popen(command, env=env, cwd=cwd, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   start_new_session=True)
        try:
            _collect(process, result, record, began + deadline, on_line)
        finally:
            # A failed watcher must not leave a build behind.
            if process.poll() is None and not _wait(process, began + deadline):
                result.timed_out = True
                kill_group(process.pid)
            result.status = process.wait()
            process.stdout.close()
            process.stderr.close()
        result.seconds = time.monotonic() - began
        record.write(f"# status {result.status}, {result.seconds:.1f} s\n")
    return result


def _collect(process, result, record, until, on_line):
    pending = {process.stdout: b"", process.stderr: b""}
    lines = {process.stdout: result.out, process.stderr: result.err}
    with selectors.DefaultSelector() as selector:
        for stream in pending:
            selector.register(stream, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(max(0.0, until - time.monotonic()))
            if not ready:
                return
            for key, _ in ready:
                stream = key.fileobj
                data = os.read(stream.fileno(), 65536)
                if not data:
                    selector.unregister(stream)
                    data = b"\n" if pending[stream] else b""
                *whole, pending[stream] = (pending[stream] + data).split(b"\n")
                for raw in whole:
                    line = raw.decode("utf-8", "replace")
                    lines[stream].append(line)
                    record.write(("! " if stream is process.stderr else "") + line + "\n")
                    if on_line and stream is process.stdout:
                        on_line(line, process.pid)


def _wait(process, until):
    try:
        process.wait(max(0.1, until - time.monotonic()))
        return True
    except subprocess.TimeoutExpired:
        return False


def kill_group(group):
    """Kills a process group with SIGKILL; one that is gone is fine."""
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        pass


def gone(pid, deadline=10.0):
    """Waits until the process, which need not be a child, has ended. False: it has not."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        with selectors.DefaultSelector() as selector:
            selector.register(handle, selectors.EVENT_READ)
            return bool(selector.select(deadline))
    finally:
        os.close(handle)
