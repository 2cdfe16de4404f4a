# SPDX-License-Identifier: GPL-2.0-only
"""Steps on the daemon, its state directory, and the two disks."""

import errno
import os
import shutil
import signal

from .wrong import Wrong


# What of the state directory is lost, by name.
LOST = {"all": ("*",), "db": ("state.db*",), "wal": ("state.db-wal", "state.db-shm"),
        "bases": ("bases/*",), "pristine": ("pristine/*",)}


class DaemonSteps:
    def start_daemon(self):
        """With the injector if the sequence has one; otherwise kbtf make does it."""
        if self.injector and not self.place.daemons():
            self.children.append(self.injector.start())

    def do_daemon(self, what):
        {"kill": self.kill_daemon, "stop": self.stop_daemon, "start": self.start_daemon,
         "pause": self.pause_daemon, "drain": self.drain}[what]()

    def kill_daemon(self):
        self.place.kill_all()
        self.reap()
        self.paused = False

    def stop_daemon(self):
        self.go_on()
        result = self.place.kbtf("stop")
        if result.status != 0 or self.place.daemons():
            raise Wrong(f"kbtf stop: {result}")
        self.reap()

    def pause_daemon(self):
        for pid in self.place.daemons():
            os.kill(pid, signal.SIGSTOP)
            self.paused = True

    def go_on(self):
        if self.paused:
            for pid in self.place.daemons():
                os.kill(pid, signal.SIGCONT)
        self.paused = False

    def drain(self):
        self.go_on()
        if self.place.daemons():
            self.place.kbtf("drain")

    # The state.

    def may_lose_state(self):
        """Only what is visible to stock is pending, see world.py."""
        cut_short = {"killed", "stock"}
        if self.is_stripping():
            cut_short = {"stock"}
        return not self.unseen - cut_short

    def is_stripping(self):
        """Whether the BTF step does something after it has written valid BTF: killed in between it
        leaves a module that nobody can tell from a finished one."""
        return any(values.get("strip") for values in self.values.values())

    def do_state(self, what, *words):
        if what == "save":
            return self.save_state()
        if not self.may_lose_state() or (what == "put-back" and not self.saved_state().exists()):
            return None
        self.go_on()
        if what == "put-back":
            self.stop_daemon()
            self.empty(self.place.state)
            self.ignoring_full(lambda: shutil.copytree(self.saved_state(), self.place.state,
                                                       dirs_exist_ok=True))
        else:
            self.lose(*words)
        self.amnesia = True
        return None

    def lose(self, what, when):
        if when == "stopped":
            self.stop_daemon()
        elif when == "killed":
            self.kill_daemon()
        if what == "all" and self.place.state not in self.mounts:
            shutil.rmtree(self.place.state, ignore_errors=True)
        for pattern in LOST[what]:
            for path in self.place.state.glob(pattern):
                if path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink(missing_ok=True)
        if when == "alive":
            # It goes on with what it has in its head, and dies with it.
            self.do_build("kbtf", "-j2")
            self.kill_daemon()

    def saved_state(self):
        return self.place.dir / "saved-state"

    def save_state(self):
        """As a backup that runs at night, with the daemon going on."""
        shutil.rmtree(self.saved_state(), ignore_errors=True)
        if self.place.state.exists():
            self.drain()
            shutil.copytree(self.place.state, self.saved_state())

    # The disks.

    def do_fill(self, where, left):
        top = self.path if where == "tree" else self.place.state
        if top not in self.mounts:
            return
        self.free(top)
        with open(top / ".ballast", "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
            size = file.tell()
            file.truncate(max(0, size - int(left) * 1024))

    def do_free(self, where):
        self.free(self.path if where == "tree" else self.place.state)

    def free_tree(self):
        self.free(self.path)

    @staticmethod
    def free(top):
        (top / ".ballast").unlink(missing_ok=True)

    def is_full(self):
        """Whether the tree's disk may be full."""
        return (self.path / ".ballast").exists()

    @staticmethod
    def ignoring_full(action):
        try:
            action()
        except (OSError, shutil.Error):
            pass

    # Faults at a chosen call of the daemon in the next build.

    def do_arm(self, where, number, action, whom):
        if self.injector:
            self.armed = (self.path if where == "tree" else self.place.state, int(number), action,
                          whom)
