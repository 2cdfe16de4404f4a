# SPDX-License-Identifier: GPL-2.0-only
"""Steps on sources and on what make derives from them. All of these make sees, by time."""

import os
import time

from .features import FEATURES, OF_BASE, UNSEEN, render


def stamp(path, follow=True):
    """The time as an editor leaves it: later than all that was built."""
    now = time.time_ns()
    os.utime(path, ns=(now, now), follow_symlinks=follow)


class SourceSteps:
    def write_source(self, name):
        """True if the text is another one than before."""
        if name not in FEATURES or name not in self.yard.sources:
            return False
        path = self.file(name)
        text = render(name, self.yard.text(name), self.values.get(name, {}))
        if path.read_text() == text:
            return False
        try:
            path.write_text(text)
        except OSError:  # a full disk: as it was, as far as that goes
            self.free_tree()
            path.write_text(text)
        stamp(path)
        if name == "include/types.h":  # the miniature's makefiles do not say who includes it
            for source in self.yard.sources:
                if source in OF_BASE or source.replace(".c", ".ko") in self.era.modules:
                    stamp(self.file(source))
        return True

    def do_set(self, name, feature, value):
        if name in UNSEEN and self.amnesia:
            return
        self.values.setdefault(name, {})[feature] = int(value)
        if not self.write_source(name):
            return
        if name in UNSEEN:
            self.unseen.add("script")
        if name in OF_BASE:
            self.base_old = True

    def do_touch(self, name):
        path = self.file(name)
        if not path.exists() or self.would_hide(name):
            return
        if name.endswith(".ko"):
            # After this a stale module looks new to stock, and to whoever has no record of it.
            if self.amnesia:
                return
            if self.unseen:
                self.unseen.add("touched")
        stamp(path)

    def would_hide(self, name):
        """Whether an object that is touched hides an edit from make."""
        sources = (self.file(name[:-2] + ".c"), self.file("include/shared.h"))
        time_of_object = self.file(name).stat().st_mtime_ns
        return name.endswith(".o") and any(
            source.exists() and source.stat().st_mtime_ns >= time_of_object for source in sources)

    def do_delete(self, what, module):
        module = self.victim(module)
        path = {"cmd": self.cmd_of(module)}.get(what, self.file(what))
        if what.endswith(".ko"):
            path = self.file(self.victim(what))
        if what == "vmlinux":
            path = self.file(self.era.base)
        if path.exists() or path.is_symlink():
            path.unlink()
