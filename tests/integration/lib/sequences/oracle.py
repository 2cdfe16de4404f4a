# SPDX-License-Identifier: GPL-2.0-only
"""What a clean stock build leaves, for any state of the sources, tools and flags.

It is made by the tree's own makefiles from nothing but sources, in a directory of its own, so that
the tree under test and the daemon that watches it are left alone; gcc writes the tree's path into
the debug information. Objects are kept by what they are compiled from, and results by everything.
check() holds that against a build of the tree itself, from scratch and at its own path."""

import hashlib
import os
import shutil

from ..place import run
from ..tree import dot_cmd

OLD = 1_000_000_000  # a time before all objects
GENERATED = ("include/config/kernel.release", "include/generated/utsrelease.h")


def digest(*parts):
    whole = hashlib.sha256()
    for part in parts:
        whole.update(part if isinstance(part, bytes) else str(part).encode())
        whole.update(b"\0")
    return whole.digest()


class Oracle:
    """For one yard. Modules are made again whenever anything of the key is new."""

    def __init__(self, yard):
        self.yard, self.era = yard, yard.era
        self.dir = yard.dir / "oracle"
        self.compiler = f"CC=gcc -fdebug-prefix-map={self.dir}={yard.path}"
        self.kept, self.results = {}, {}
        self.builds = 0
        self.is_checked = False

    def expected(self, tree, place, words, tools, env):
        """{name: bytes} of the modules, their .cmd files and all objects, after a clean stock build
        of the tree's sources with these words on make's command line. `tools`: what tells one set
        of tools from another."""
        sources = {name: (tree / name).read_bytes() for name in self.yard.sources}
        key = digest(words, tools, *(part for item in sorted(sources.items()) for part in item))
        if key not in self.results:
            self.results[key] = self.build(sources, place, words, env)
        return self.results[key]

    def build(self, sources, place, words, env):
        self.builds += 1
        shutil.rmtree(self.dir, ignore_errors=True)
        for name, data in sources.items():
            path = self.dir / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            path.chmod(self.yard.sources[name].stat().st_mode & 0o777)
            os.utime(path, (OLD, OLD))
        keys = {name: self.key(name, sources) for name in self.derived()}
        for name, key in keys.items():
            for file, data in self.kept.get(key, {}).items():
                (self.dir / file).parent.mkdir(parents=True, exist_ok=True)
                (self.dir / file).write_bytes(data)
                if file in GENERATED:
                    os.utime(self.dir / file, (OLD, OLD))
        result = run(["make", "-j2", *words, self.compiler], place.environment(**env), self.dir)
        if result.status != 0:
            raise AssertionError(f"clean build: {result}")
        for name, key in keys.items():
            self.kept.setdefault(key, self.read([name, dot_cmd(name)]))
        return self.read([*self.era.modules, *map(dot_cmd, self.era.modules), *self.objects()])

    def read(self, names):
        return {name: (self.dir / name).read_bytes() for name in names
                if (self.dir / name).exists()}

    def objects(self):
        """All that is compiled in this era."""
        own = [name.replace(".ko", end) for name in self.era.modules for end in (".o", ".mod.o")]
        common = [] if self.era.name in ("5.11", "5.16") else [".module-common.o"]
        return ["init.o", "core.o", *own, *common]

    def derived(self):
        return [*self.objects(), *GENERATED]

    def key(self, name, sources):
        """By what decides a file's content. Headers count for all of them."""
        source = "scripts/module-common.c" if name == ".module-common.o" else name[:-2] + ".c"
        headers = [data for file, data in sorted(sources.items()) if file.endswith(".h")]
        return digest(name, sources["localversion"], sources.get(source, b""), *headers)

    def check(self, world):
        """The tree itself, built by stock from scratch where it is, has the same bytes."""
        if self.is_checked:
            return
        result = run(["make", "-j2"], world.place.environment(), world.path)
        if result.status != 0:
            raise AssertionError(f"stock build: {result}")
        expected = world.expected()
        different = [name for name in expected if world.read(name) != expected[name]]
        if different:
            raise AssertionError(f"the oracle is no oracle: {different}")
        self.is_checked = True


