# SPDX-License-Identifier: GPL-2.0-only
"""The miniature kernel tree: a copy of its files, edits, builds, and what a clean build leaves."""

import contextlib
import hashlib
import os
import pathlib
import re
import shutil
import tempfile

from .eras import DEFAULT, EXTERNAL, MODULES  # noqa: F401, some import them from here
from .place import HOOK, KBTF, SORT_BTF, run


STAND_IN = "scripts/resolve_btfids"


class Build:
    """One run of make, and what its output says."""

    def __init__(self, result):
        self.status, self.out, self.err = result.status, result.out, result.err
        self.result = result
        self.linked = self._named("LD")
        self.btf = self._named("BTF")
        self.summary = [line for line in self.out if line.startswith("  KBTF ")]
        self.vmlinux = any(re.match(r"  LD +vmlinux", line) for line in self.out)
        self.complaints = [line for line in self.err if re.search(r"(^|[ /])kbtfd?: ", line)]

    def _named(self, what):
        found = (re.match(rf"  {what} \[M\] +(\S+\.ko)( - due to .*)?$", line) for line in self.out)
        return sorted(match.group(1) for match in found if match)


class Yard:
    """A place for one tree after the other, always at the same path, so that paths in the debug
    information agree; and the results of clean builds there, by what they were made from."""

    def __init__(self, era=DEFAULT):
        self.era, self.sources = era, era.sources()
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="kbtf-yard-", dir="/tmp"))
        self.path = self.dir / "tree"
        self.clean = {}

    def close(self):
        shutil.rmtree(self.dir, ignore_errors=True)

    def text(self, name):
        """Of a file of the era, as it stands in a tree."""
        text = self.sources[name].read_text()
        return text.replace("@SORT_BTF@", str(SORT_BTF)) if name == STAND_IN else text

    def fresh(self, place):
        shutil.rmtree(self.path, ignore_errors=True)
        for name, source in self.sources.items():
            (self.path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, self.path / name)
            if name == STAND_IN:
                (self.path / name).write_text(self.text(name))
        place.own(self.dir)
        return Tree(self, place)


class Tree:
    def __init__(self, yard, place):
        self.yard, self.path, self.place = yard, yard.path, place
        self.edits = 0

    def make(self, *arguments, **env):
        """kbtf make, as a user types it."""
        return Build(self.place.kbtf("make", *arguments, cwd=self.path, **env))

    def hooked_make(self, *arguments, **env):
        """Plain make with the hook in its environment: starts no daemon."""
        return self.stock_make(*arguments, MAKEFILES=HOOK, KBTF=KBTF, **env)

    def stock_make(self, *arguments, **env):
        return Build(self.place.run(["make", *arguments], self.path, **env))

    def clean_build(self, *arguments, modules=MODULES, before=(), **env):
        """{file: bytes} of the modules and their .cmd files after a stock build of the same
        sources from scratch, at the same path. `before`: arguments of builds to be made first."""
        names = [*modules, *map(dot_cmd, modules)]
        return self.clean_files(names, (*before, arguments), **env)

    def clean_files(self, names, builds, **env):
        """{file: bytes} of some files after stock builds, one per list of arguments."""
        key = (tuple(names), tuple(builds), tuple(sorted(env.items())), self._state())
        if key not in self.yard.clean:
            with self._aside() as aside:
                for name in self.yard.sources:
                    (self.path / name).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(aside / name, self.path / name)
                self.place.own(self.path)
                for words in builds:
                    build = self.stock_make(*words, **env)
                    if build.status != 0:
                        raise AssertionError(f"clean build: {build.result}")
                self.yard.clean[key] = self.files(names)
        return self.yard.clean[key]

    def stock_would(self, *arguments, **env):
        """What stock make does with the tree as it is, and the names of the files that it leaves.
        Done in a copy, in the tree's place; the tree itself stays as it is."""
        with self._aside() as aside:
            shutil.copytree(aside, self.path, symlinks=True)
            self.place.own(self.path)
            build = self.stock_make(*arguments, **env)
            build.files = set(self.snapshot())
        return build

    @contextlib.contextmanager
    def _aside(self):
        """Something else may be in the tree's place."""
        self.place.kbtf("drain")  # the daemon may still read files there
        aside = self.path.with_name("aside")
        os.rename(self.path, aside)
        try:
            yield aside
        finally:
            shutil.rmtree(self.path, ignore_errors=True)
            os.rename(aside, self.path)

    def _state(self):
        whole = hashlib.sha256()
        for name in sorted(self.yard.sources):
            whole.update(name.encode() + b"\0" + (self.path / name).read_bytes())
        return whole.hexdigest()

    def finished(self, modules=MODULES):
        return self.files([*modules, *map(dot_cmd, modules)])

    def files(self, names):
        return {name: self._bytes(name) for name in names}

    def _bytes(self, name):
        path = self.path / name
        return path.read_bytes() if path.exists() else None

    def snapshot(self):
        """{file: (bytes, time stamp)} of the whole tree."""
        return {str(path.relative_to(self.path)): (path.read_bytes(), path.stat().st_mtime_ns)
                for path in self.path.rglob("*") if path.is_file()}

    def vmlinux_btf(self):
        """The base's BTF, taken out by objcopy."""
        to = self.place.dir / "base.btf"
        result = run(["objcopy", "-O", "binary", "--only-section=.BTF",
                      "--set-section-flags=.BTF=alloc", self.path / self.yard.era.base, to],
                     self.place.environment())
        if result.status != 0:
            raise AssertionError(f"objcopy: {result}")
        return to.read_bytes()

    # Edits. Each leaves a time stamp later than all that was built.

    def append(self, name, text):
        with open(self.path / name, "a", encoding="utf-8") as file:
            file.write(text)

    def touch(self, name="core.c"):
        os.utime(self.path / name)

    def edit_body(self):
        """Other code, the same types."""
        source = self.path / "core.c"
        text = source.read_text()
        changed = text.replace("count += 1;", "count += 1 + count / 2;")
        assert changed != text
        source.write_text(changed)

    def add_type(self, name="core.c"):
        """A new struct and a function that takes it."""
        self.edits += 1
        n = self.edits
        self.append(name, f"struct added_{n} {{ int first; char text[{n + 40}]; }};\n"
                          f"int use_{n}(struct added_{n} *a) {{ return a->first + {n}; }}\n")

    def commit(self, version):
        """What LOCALVERSION_AUTO makes of one: another release."""
        (self.path / "localversion").write_text(version + "\n")

    def grow_shared(self):
        """A struct grows that is used by core.c and net/gamma.c."""
        header = self.path / "include/shared.h"
        text = header.read_text()
        header.write_text(text.replace("struct queue *next;", "struct queue *next;\n\tint more;"))


def dot_cmd(module):
    path = pathlib.PurePath(module)
    return str(path.with_name(f".{path.name}.cmd"))
