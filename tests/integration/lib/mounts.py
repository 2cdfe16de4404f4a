# SPDX-License-Identifier: GPL-2.0-only
"""File systems of a test's own, for tests that run as root. Each is unmounted by the test that
mounted it."""

import os
import pathlib
import shutil
import subprocess


class CannotMount(Exception):
    """Says in a line why not."""


def call(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CannotMount(f"{words[0]}: {(done.stderr or done.stdout).strip()}")


def why_not(kind):
    """None, or why a file system of that kind cannot be had here."""
    if os.geteuid() != 0:
        return "needs root to mount file systems"
    if kind in (None, "tmpfs", "overlay"):
        return None
    subprocess.run(["modprobe", "-q", kind], capture_output=True, check=False)
    known = pathlib.Path("/proc/filesystems").read_text().split()
    if kind not in known:
        return f"this kernel has no {kind}"
    if not shutil.which(f"mkfs.{kind}"):
        return f"mkfs.{kind} is not installed"
    return None


class Mounts:
    def __init__(self):
        self.mounted = []

    def mount(self, where, *words):
        call("mount", *words, where)
        self.mounted.append(pathlib.Path(where))

    def tmpfs(self, where, size="32m"):
        self.mount(where, "-t", "tmpfs", "-o", f"size={size},mode=755", "kbtf-test")

    def image(self, where, kind, file, *options, size="512M"):
        """A file system in a file, by a loop device. `options` are mkfs's."""
        call("truncate", "-s", size, file)
        call(f"mkfs.{kind}", *options, file)
        self.mount(where, "-t", kind, "-o", "loop", file)

    def overlay(self, where, lower, upper, work):
        self.mount(where, "-t", "overlay", "-o",
                   f"lowerdir={lower},upperdir={upper},workdir={work}", "kbtf-test")

    def bind(self, where, source, read_only=False):
        self.mount(where, "--bind", source)
        if read_only:
            call("mount", "-o", "remount,bind,ro", where)

    def unmount(self):
        while self.mounted:
            call("umount", "-l", self.mounted.pop())
