# SPDX-License-Identifier: GPL-2.0-only
"""One sequence: a tree, a daemon, and what has been done to them.

Three things are kept in mind so that nothing is asked of kbtf that it cannot know:

unseen    what has changed that stock make cannot see (a tool, bytes in a .ko, …). Where kbtf leaves
          a stage to stock and says so, a module may stay stale for one of these.
amnesia   the records are lost. A module without a record is believed as far as stock would believe
          it, so state is only lost while nothing is unseen, and until the next exact build nothing
          is done that no time stamp shows.
base_old  vmlinux is not what the sources say, since only a single module was built."""

import collections
import os
import pathlib
import shutil
import subprocess

from ..faults import Injector, available
from ..place import Place
from ..tree import dot_cmd
from .build_steps import BuildSteps
from .daemon_steps import DaemonSteps
from .look_steps import LookSteps
from .module_steps import ModuleSteps
from .oracle import digest
from .source_steps import SourceSteps
from .tool_steps import ToolSteps


LOOKS = {"verify", "regenerate", "explain", "again"}


class World(SourceSteps, ModuleSteps, ToolSteps, DaemonSteps, BuildSteps, LookSteps):
    def __init__(self, profile, yard, oracle, counts):
        self.profile, self.yard, self.era, self.oracle = profile, yard, yard.era, oracle
        self.counts = counts if counts is not None else collections.Counter()
        self.path = yard.path
        self.place = Place()
        self.kept = self.place.dir / "kept"      # copies of modules, {module: path} below
        self.kept.mkdir()
        self.mounts, self.values, self.modes = [], {}, {"link": 0, "btf": 0}
        self.unseen, self.backups = set(), {}
        self.amnesia = self.base_old = self.paused = self.exact = self.is_left = False
        self.last_build = None
        self.armed = None
        self.children = []
        self.injector = None
        try:
            self.set_up()
        except BaseException:
            self.close()
            raise

    def set_up(self):
        if not self.profile.renumber:
            self.place.env["KBTF_NO_RENUMBER"] = "1"
        if self.profile.library:
            self.set_up_library()
        if self.profile.injected and available():
            self.injector = Injector(self.place)
        shutil.rmtree(self.path, ignore_errors=True)
        self.path.mkdir()
        if os.geteuid() == 0 and self.profile.tree == "small":
            self.mount(self.path, "4m")
        if os.geteuid() == 0 and self.profile.state == "small":
            self.place.state.mkdir(mode=0o700)
            self.mount(self.place.state, "2m")
        self.fresh()
        if not self.oracle.is_checked:
            self.oracle.check(self)
            self.empty(self.path)
            self.fresh()
        self.start_daemon()
        self.do(("build", "kbtf", "-j2"))
        self.drain()

    def fresh(self):
        """The sources, as far as features know them."""
        for name, source in self.yard.sources.items():
            (self.path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, self.path / name)
            self.write_source(name)

    @staticmethod
    def empty(directory):
        for entry in directory.iterdir():
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()

    def mount(self, where, size):
        made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "kbtf-test",
                               where], capture_output=True, check=False)
        if made.returncode == 0:
            self.mounts.append(where)

    def close(self):
        """Ends what was started. What is left of a failed sequence stays where it is."""
        self.place.kill_all()
        self.reap()
        self.unmount()
        self.place.close()

    def unmount(self):
        for where in self.mounts:
            subprocess.run(["umount", "-l", where], check=False)
        self.mounts = []

    def reap(self):
        for child in self.children:
            child.communicate()
        self.children = []

    def keep(self, to):
        """Copies what is left to a directory, before close()."""
        to = pathlib.Path(to)
        shutil.rmtree(to, ignore_errors=True)
        shutil.copytree(self.path, to / "tree", symlinks=True, ignore_dangling_symlinks=True)
        for name in ("state", "kbtfd.log", "kept", "tools"):
            path = self.place.dir / name
            if path.is_dir():
                shutil.copytree(path, to / name, symlinks=True)
            elif path.exists():
                shutil.copy2(path, to / name)
        return to

    # Steps.

    def do(self, step):
        """Carries a step out; one that does not apply now does nothing."""
        self.counts["steps"] += 1
        if step[0] not in LOOKS:
            self.exact = False
        getattr(self, "do_" + step[0].replace("-", "_"))(*step[1:])

    def victim(self, name):
        """The module that a step means: one that gets BTF, or kbtf would not look at it."""
        return name if name in self.era.with_btf else self.era.with_btf[0]

    def note_unseen(self, what):
        """False: the step must not be done now."""
        if self.amnesia:
            return False
        self.unseen.add(what)
        return True

    # Files.

    def file(self, name):
        return self.path / name

    def read(self, name):
        try:
            return self.file(name).read_bytes()
        except OSError:
            return None

    def cmd_of(self, module):
        return self.path / dot_cmd(module)

    def expected(self):
        return self.oracle.expected(self.path, self.place, self.words(), self.tools_in_use(),
                                    self.build_env())

    def tools_in_use(self):
        found = [path for top in (self.place.tools, self.libraries()) if top
                 for path in sorted(top.iterdir())]
        return digest(*(part for path in found for part in (path.name, path.read_bytes())))
