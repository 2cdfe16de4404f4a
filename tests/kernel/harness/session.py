# SPDX-License-Identifier: GPL-2.0-only
"""One kbtf with directories of its own, so that no test meets a user's daemon or another's."""

import contextlib
import json
import os
import pathlib
import shlex
import shutil
import signal
import tempfile

from . import process
from .kernel import GOALS, Build, environment

DIRECTORIES = ("runtime", "state", "cache")


class Session:
    def __init__(self, kernel, kbtf, logs, state=None):
        self.kernel = kernel
        self.kbtf = str(kbtf)
        # Below /tmp and short: a socket's path has 108 bytes.
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="kbtf-"))
        self.log = logs / f"session-{self.dir.name}.log"
        self.paths = {name: self.dir / name for name in DIRECTORIES}
        if state:
            self.paths["state"] = pathlib.Path(state)
        for path in self.paths.values():
            path.mkdir(mode=0o700, exist_ok=True)
        self.env = {f"KBTF_{name.upper()}_DIR": str(path) for name, path in self.paths.items()}
        self.builds = 0
        self.notices = []  # lines about the dropped -j, of all builds
        self.env["KBTF_LOG"] = str(logs / f"kbtfd-{self.dir.name}.log")

    def make(self, log, *arguments, goals=GOALS, on_line=None, **env):
        """kbtf make, as a user types it."""
        command = [self.kbtf, *self.kernel.make_command(*arguments, goals=goals)]
        return self._build(command, log, on_line, env)

    def plain_make(self, log, *arguments, daemon=True, on_line=None, **env):
        """Plain make with what "kbtf env" prints, which starts a daemon; or with that one gone."""
        kbtf = shlex.quote(self.kbtf)
        stop = "" if daemon else f"{kbtf} stop || exit 99; "
        script = f'eval "$({kbtf} env)" || exit 99; {stop}exec "$@"'
        command = ["sh", "-c", script, "sh", *self.kernel.make_command(*arguments)]
        return self._build(command, log, on_line, env)

    def make_of_a_parent(self, log, *options, **env):
        """A make whose recipe runs kbtf make, and by that itself."""
        file = self.dir / "parent.mk"
        words = shlex.join(self.kernel.make_command()[1:])
        jobs = f" -j{os.cpu_count()}"  # the job slots are the parent's
        file.write_text(f"all:\n\t+@MAKE=$(MAKE) {shlex.quote(self.kbtf)} make"
                        f" {words.replace(jobs, '')}\n")
        command = ["make", "-f", str(file), "--no-print-directory", *options]
        return self._build(command, log, None, env)

    def run(self, command, log, deadline=300.0, **env):
        """Any command with this session's environment."""
        return process.run(list(map(str, command)), environment(**self.env, **env), log,
                           deadline=deadline)

    def _build(self, command, log, on_line, env):
        build = Build(process.run(command, environment(**self.env, **env), log, on_line=on_line))
        self.builds += 1
        self.notices += build.notices
        return build

    def verb(self, *arguments, deadline=60.0):
        return process.run([self.kbtf, *map(str, arguments)], environment(**self.env), self.log,
                           deadline=deadline)

    def json(self, *arguments):
        """The reply of a verb with --json, or None."""
        result = self.verb(*arguments, "--json")
        if result.status != 0:
            return None
        try:
            return json.loads("\n".join(result.out))
        except ValueError:
            return None

    def last_stage(self):
        return ((self.json("stats") or {}).get("last_stage")) or {}

    def pid(self):
        """The daemon's process id, or None."""
        return (self.json("status") or {}).get("pid") or None

    def drain(self):
        return self.verb("drain", deadline=120.0).status == 0

    def stop(self):
        """Stops the daemon in whatever state it is. Returns False if it had to be killed."""
        pid = self.pid()
        asked = self.verb("stop", deadline=20.0).status == 0
        if pid is None or (asked and process.gone(pid)):
            return asked
        self.signal(pid, signal.SIGKILL)
        process.gone(pid)
        return False

    @staticmethod
    def signal(pid, number):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass

    @contextlib.contextmanager
    def steps_only(self):
        """A daemon, the next one, that leaves every module's BTF to pahole."""
        self.stop()
        self.env["KBTF_NO_RENUMBER"] = "1"
        try:
            yield
        finally:
            self.stop()
            del self.env["KBTF_NO_RENUMBER"]

    def forget(self):
        """Deletes the state directory's content: what a user does with rm -rf."""
        state = self.paths["state"]
        for path in state.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def close(self):
        self.stop()
        shutil.rmtree(self.dir, ignore_errors=True)
