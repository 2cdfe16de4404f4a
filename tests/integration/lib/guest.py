# SPDX-License-Identifier: GPL-2.0-only
"""Another user, with a home of its own and no variable of kbtf's or XDG's: everything is where the
two programs put it by default."""

import os
import pathlib
import pwd
import shutil

from .place import BUILD, HOOK, KBTF, KBTFD, Place, run


def spare_uid():
    """A user id that is nobody's; another one in each process that runs tests."""
    known = {entry.pw_uid for entry in pwd.getpwall()}
    return next(uid for uid in range(100000 + os.getpid() * 8, 2 ** 31) if uid not in known)


class Guest(Place):
    def __init__(self):
        super().__init__()
        self.uid = spare_uid()
        self.options = {"user": self.uid, "group": self.uid, "extra_groups": [], "umask": 0o022}
        self.env = {name: self.env[name] for name in ("PATH", "HOME", "LC_ALL")}
        self.runtime = pathlib.Path(f"/tmp/kbtf-{self.uid}")
        self.socket = self.runtime / "kbtfd.sock"
        # kbtf may be built where another user cannot go.
        for path in (KBTF, KBTFD, HOOK):
            to = self.dir / "kbtf" / path.relative_to(BUILD)
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, to)
        self.program = self.dir / "kbtf" / KBTF.relative_to(BUILD)
        self.own(self.dir)

    @staticmethod
    def why_not():
        """Why there can be no other user here; None if there can."""
        if os.geteuid() != 0:
            return "needs root to become another user"
        try:
            run(["true"], {}, user=spare_uid(), group=spare_uid(), extra_groups=[])
        except (OSError, PermissionError) as error:
            return f"cannot become another user: {error.strerror}"
        return None

    def own(self, path):
        for top, directories, files in os.walk(path):
            for name in (".", *directories, *files):
                os.chown(os.path.join(top, name), self.uid, self.uid, follow_symlinks=False)

    def close(self):
        super().close()
        shutil.rmtree(self.runtime, ignore_errors=True)
