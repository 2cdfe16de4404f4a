# SPDX-License-Identifier: GPL-2.0-only
"""Builds on a file system of the test's own, and what cannot be told by a stamp there."""

import os

from .case import BuildCase
from .mounts import CannotMount, Mounts, why_not


class MountCase(BuildCase):
    """The yard, and so the tree, lies on a file system of the class's own."""

    kind = None
    options = ()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.why_not = why_not(cls.kind)
        cls.mounts = Mounts()
        cls.addClassCleanup(cls.mounts.unmount)
        if cls.why_not or cls.kind in (None, "overlay"):
            return
        image = cls.yard.dir.with_name(cls.yard.dir.name + ".image")
        cls.addClassCleanup(lambda: image.unlink(missing_ok=True))
        try:
            if cls.kind == "tmpfs":
                cls.mounts.tmpfs(cls.yard.dir)
            else:
                cls.mounts.image(cls.yard.dir, cls.kind, image, *cls.options)
        except CannotMount as error:
            cls.why_not = str(error)

    def setUp(self):
        if self.why_not:
            self.skipTest(self.why_not)
        super().setUp()

    def age(self):
        """All files of the tree ten seconds older than they are, in the same order: what is edited
        after this make sees, however coarse stamps are."""
        for path in self.tree.path.rglob("*"):
            stat = path.stat()
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns - 10 * 10**9))

    def built(self, *words):
        build = self.tree.make(*words)
        self.assertEqual((build.status, build.err), (0, []), build.result)
        return build

    def flip(self, name):
        """Another byte in the module's code; size and time of modification as they were."""
        path = self.tree.path / name
        data, stat = bytearray(path.read_bytes()), path.stat()
        data[data.index(b"_probe")] ^= 0x20
        with open(path, "r+b") as file:
            file.write(data)
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))

    @staticmethod
    def stamp(path):
        stat = path.stat()
        return stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns
