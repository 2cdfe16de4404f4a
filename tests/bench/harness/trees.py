# SPDX-License-Identifier: GPL-2.0-only
"""Objtrees of real distribution modules, each built in one way, and a kbtf of our own."""

import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import tempfile
import time

FEATURES = "encode_force,var,float,enum64,decl_tag,type_tag,optimized_func,consistent_func"


class Broken(Exception):
    """A build failed; there is nothing to measure."""


def pahole_flags(source, exact):
    """As scripts/Makefile.btf of this kernel passes them; exact: without the -j, which makes pahole
    before 1.29 unrepeatable, so that no bytes are compared with it."""
    text = subprocess.run(["pahole", "--version"], check=True, text=True, capture_output=True).stdout
    version = int(re.search(r"1\.(\d+)", text).group(1))
    flags = ["--btf_gen_floats"]
    if version >= 26:
        flags = [f"--btf_features={FEATURES}"]
    if version >= 31 and (source / "scripts/gen-btf.sh").exists():
        flags.append("--btf_features=layout")
    return " ".join([*([] if exact else ["-j"]), *flags, "--lang_exclude=rust"])


class Kbtf:
    """Directories and a daemon of our own, so that nobody's state is measured or changed."""

    def __init__(self, client):
        self.client = str(client)
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="kbtf-"))
        self.env = dict(os.environ)
        for name in ("RUNTIME", "STATE", "CACHE"):
            path = self.dir / name.lower()
            path.mkdir(mode=0o700)
            self.env[f"KBTF_{name}_DIR"] = str(path)
        self.hook = dict(self.env, KBTF=self.client, MAKEFILES=self._hook())

    def _hook(self):
        lines = subprocess.run([self.client, "env"], env=self.env, text=True, check=True,
                               capture_output=True).stdout.splitlines()
        return next(line for line in lines if "MAKEFILES" in line).split("'")[1]

    def verb(self, *arguments):
        return subprocess.run([self.client, *arguments], env=self.env, text=True,
                              capture_output=True, check=False).stdout

    def resident_mib(self):
        pid = json.loads(self.verb("status", "--json") or "{}").get("pid")
        status = pathlib.Path(f"/proc/{pid}/status")
        text = status.read_text() if pid and status.exists() else ""
        return int(text.split("VmRSS:")[1].split()[0]) // 1024 if text else 0

    def forget(self):
        """As if it had never run."""
        self.verb("stop")
        for name in ("RUNTIME", "STATE", "CACHE"):
            path = pathlib.Path(self.env[f"KBTF_{name}_DIR"])
            shutil.rmtree(path)
            path.mkdir(mode=0o700)

    def close(self):
        self.verb("stop")
        shutil.rmtree(self.dir, ignore_errors=True)


class Tree:
    """One objtree. Objects are hard links to those of the other trees, all else is its own."""

    def __init__(self, name, package, source, count):
        self.name, self.source = name, source
        self.path = package / f"tree.{name}"
        self.log = package / f"{name}.log"
        shutil.rmtree(self.path, ignore_errors=True)
        subprocess.run(["cp", "-al", package / "base", self.path], check=True)
        order = (package / "base/modules.order").read_text().split()
        self.objects = order[:count] if count else order
        self._own("modules.order", "".join(f"{name}\n" for name in self.objects))
        self.bases = [self.path / ".base.0", self.path / ".base.1"]
        for path, origin in zip(self.bases, ("base", "other")):
            shutil.copyfile(package / origin / "vmlinux", path)
        self.base = 0
        self.use_base(0)

    def _own(self, name, text):
        (self.path / name).unlink()
        (self.path / name).write_text(text)

    def close(self):
        shutil.rmtree(self.path, ignore_errors=True)

    def modules(self):
        return [f"{name[:-2]}.ko" for name in self.objects]

    def use_base(self, which):
        """Another vmlinux in place, as its link leaves it: new inode, new stamp."""
        self.base = which
        fresh = self.path / "vmlinux.new"
        shutil.copyfile(self.bases[which], fresh)
        os.replace(fresh, self.path / "vmlinux")

    def remove_modules(self):
        for module in self.modules():
            path = self.path / module
            for file in (path, path.with_name(f".{path.name}.cmd")):
                file.unlink(missing_ok=True)

    def touch_objects(self):
        """The same content, newer than every module. Of all trees: they share the objects."""
        for name in self.objects:
            os.utime(self.path / name)

    def build(self, make, env, jobs, exact=False):
        """One module stage. Returns a Run."""
        env = dict(env, srctree=str(self.source), objtree=".", VPATH="", KBUILD_BUILTIN="1",
                   KBUILD_MODULES="1", MODORDER="modules.order", SRCARCH="x86", ARCH="x86",
                   CC=str(self.path / ".fakecc"), LD="ld", OBJCOPY="objcopy", CONFIG_SHELL="sh",
                   quiet="quiet_", Q="@", KBUILD_VERBOSE="0",
                   KBUILD_LDFLAGS="-m elf_x86_64 -z noexecstack --no-warn-rwx-segments",
                   KBUILD_LDFLAGS_MODULE="--build-id=sha1", PAHOLE="pahole",
                   PAHOLE_FLAGS=pahole_flags(self.source, exact),
                   RESOLVE_BTFIDS="./tools/bpf/resolve_btfids/resolve_btfids", LC_ALL="C")
        command = [*make, "-rR", "--no-print-directory", "-f",
                   str(self.source / "scripts/Makefile.modfinal"), f"-j{jobs}"]
        began = time.monotonic()
        done = subprocess.run(command, cwd=self.path, env=env, text=True, check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        seconds = time.monotonic() - began
        self.log.write_text(done.stdout)
        if done.returncode != 0:
            raise Broken(f"{self.name}: make failed with {done.returncode}, see {self.log}")
        return Run(seconds, done.stdout.splitlines())


class Run:
    """Seconds, and how many LD [M] and BTF [M] lines."""

    def __init__(self, seconds, lines):
        self.seconds = seconds
        self.linked = sum(line.startswith("  LD [M]") for line in lines)
        self.btf = sum(line.startswith("  BTF [M]") for line in lines)


class Side:
    """A column: a tree, how it is built, and what is done before and after each build."""

    def __init__(self, title, tree, make, env, before=None, after=None):
        self.title, self.tree, self.make, self.env = title, tree, make, env
        self.before = before or (lambda: None)
        self.after = after or (lambda: None)

    def build(self, jobs):
        self.before()
        run = self.tree.build(self.make, self.env, jobs)
        self.after()
        return run


def median(numbers):
    return statistics.median(numbers)
