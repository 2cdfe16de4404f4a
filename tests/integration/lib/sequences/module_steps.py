# SPDX-License-Identifier: GPL-2.0-only
"""Steps on the bytes and names of .ko files. make sees none of these unless the file's time tells;
kbtf has to. A copy that somebody keeps must never change, whatever becomes of the tree."""

import hashlib
import os
import pathlib
import shutil
import subprocess

from .source_steps import stamp


def bytes_of(path):
    return pathlib.Path(path).read_bytes()


class ModuleSteps:
    def do_flip(self, module, seed, keep):
        path = self.file(self.victim(module))
        data = bytearray(self.read(self.victim(module)) or b"")
        if not data or not self.note_unseen("bytes"):
            return
        whole = hashlib.sha256(f"{seed}".encode()).digest()
        data[int.from_bytes(whole[:4], "little") % len(data)] ^= (whole[4] | 1)
        stat = path.stat()
        self.own_bytes(path)
        with open(path, "r+b") as file:
            file.write(data)
        if keep == "keep":
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))

    def do_truncate(self, module, percent):
        path = self.file(self.victim(module))
        if path.exists() and self.note_unseen("bytes"):
            self.own_bytes(path)
            os.truncate(path, path.stat().st_size * int(percent) // 100)

    @staticmethod
    def own_bytes(path):
        """Whoever damages a file here damages no other name of it."""
        if path.is_symlink() or path.stat().st_nlink > 1:
            data, stat = path.read_bytes(), path.stat()
            path.unlink()
            path.write_bytes(data)
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))

    def do_copy(self, source, target, how):
        source, target = self.victim(source), self.victim(target)
        if source != target and self.note_unseen("copied"):
            self.put(self.file(source), self.file(target), how)

    def do_self(self, module, how):
        """Away and back: the same bytes under another inode, or with another time."""
        path = self.file(self.victim(module))
        is_new = how in ("cp", "reflink", "ln-s")
        if not path.exists() or (self.amnesia and is_new):
            return
        if is_new and self.unseen:
            self.unseen.add("touched")
        aside = path.with_name("aside.ko")
        if how == "mv":
            os.rename(path, aside)
            os.rename(aside, path)
        elif how == "ln":
            os.link(path, aside)
            aside.unlink()
        else:
            aside = self.place.dir / "aside.ko"
            shutil.copy2(path, aside)
            self.put(aside, path, "cp-p" if how == "cp-p" else "cp")

    def do_save(self, module):
        module = self.victim(module)
        data = self.read(module)
        if data is None:
            return
        path = self.kept / module.replace("/", "_")
        path.unlink(missing_ok=True)
        shutil.copy2(self.file(module), path)
        self.backups[module] = (path, data)

    def do_put_back(self, module, how):
        module = self.victim(module)
        if module not in self.backups or not self.note_unseen("restored"):
            return
        # The copy is somebody's: it is not given away.
        self.put(self.backups[module][0], self.file(module), "cp-p" if how == "mv" else how)

    def put(self, source, target, how):
        """`source` under the name of `target`. A full disk leaves what it leaves."""
        if not source.exists() or (target.exists() and source.samefile(target)):
            return
        if how in ("cp", "cp-p", "reflink"):
            words = {"cp": ["cp"], "cp-p": ["cp", "-p"], "reflink": ["cp", "--reflink=auto"]}[how]
            if target.is_symlink() or (target.exists() and target.stat().st_nlink > 1):
                target.unlink()  # cp would write into what it names
            subprocess.run([*words, source, target], check=False, stderr=subprocess.DEVNULL)
            return
        target.unlink(missing_ok=True)
        try:
            {"ln": os.link, "ln-s": os.symlink, "mv": os.rename}[how](source, target)
        except OSError:  # another file system
            shutil.copy2(source, target)
            if how == "mv":
                source.unlink()

    def backups_are_untouched(self):
        return [str(path) for path, data in self.backups.values() if bytes_of(path) != data]

    def take_backups_anew(self):
        """Stock works in place, through every name that a file has."""
        self.backups = {module: (path, bytes_of(path))
                        for module, (path, _) in self.backups.items()}

    def touch_without_btf(self):
        """Modules without BTF are make's alone, which does not look at the linker."""
        for module in set(self.era.modules) - set(self.era.with_btf):
            stamp(self.file(module.replace(".ko", ".c")))
