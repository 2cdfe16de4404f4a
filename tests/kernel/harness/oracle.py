# SPDX-License-Identifier: GPL-2.0-only
"""What stock leaves for the same inputs: a clean link and one BTF step of every module.

Never stock's own incremental result: it runs the BTF step once more on finished modules, which
changes their layout and attaches kfunc flags to the wrong functions. Both oracles are built by
stock make without kbtf, at the same path as the tree under test, which is moved aside meanwhile
(renamed as a whole: stamps stay).

Clean modules: a copy of the tree under test, all modules deleted. Second tree: an objtree that
stock alone has built since the beginning, from the same source, modules deleted.
"""

import contextlib
import hashlib
import os
import shutil

from .kernel import elf


class OracleError(Exception):
    """The oracle could not be built, or was not what it should be."""


class Oracle:
    def __init__(self, kernel, logs):
        self.kernel = kernel
        self.logs = logs
        self.copy = kernel.dir / "obj.oracle"
        self.second = kernel.dir / "obj.second"
        self.aside = kernel.dir / "obj.aside"
        self.results = kernel.dir / "obj.results"
        self.known = {}  # key of the inputs -> folder with the modules

    def reset(self):
        """Forgets everything: the source went back to an older state."""
        for path in (self.copy, self.second, self.results):
            shutil.rmtree(path, ignore_errors=True)
        self.known = {}

    def clean_modules(self, *arguments, **env):
        """A folder with every module (and .cmd file) as stock builds it for this tree."""
        key = self._key(arguments, env)
        if key not in self.known:
            self._copy_without_modules()
            with self.in_place(self.copy):
                build = self._build("oracle.log", arguments, env)
                if build.vmlinux or build.compiled:
                    raise OracleError("the oracle compiled or linked more than modules: "
                                      + ", ".join(build.compiled or ["vmlinux"]))
                self.known[key] = self._keep(self.kernel.obj)
            shutil.rmtree(self.copy)
        return self.known[key]

    def second_tree(self):
        """The objtree of stock alone, built up to the present source, for a comparison."""
        kernel = self.kernel
        if not self.second.exists():
            shutil.copytree(kernel.dir / "obj.stock", self.second, symlinks=True)
        for module in kernel.modules:
            for path in (self.second / module, self.second / kernel.dot_cmd(module)
                         .relative_to(kernel.obj)):
                path.unlink(missing_ok=True)
        # Its next link gets the build number of the tree under test.
        (self.second / ".version").write_text(f"{kernel.build_number() - 1}\n")
        with self.in_place(self.second):
            self._build("second.log", (), {})
        return self.second

    def _build(self, log, arguments, env):
        build = self.kernel.stock_make(self.logs / log, *arguments, **env)
        expected = sorted(self.kernel.modules)
        if build.status != 0 or sorted(build.linked) != expected or sorted(build.btf) != expected:
            raise OracleError(f"stock make: status {build.status}, {len(build.linked)} LD, "
                              f"{len(build.btf)} BTF, not {len(expected)}; see {log}")
        return build

    def _key(self, arguments, env):
        with open(self.kernel.obj / "vmlinux", "rb") as file:
            base = hashlib.sha256(file.read()).hexdigest()
        return repr((base, self.kernel.link_inputs(), arguments, sorted(env.items())))

    def _keep(self, obj):
        folder = self.results / str(len(self.known))
        for module in self.kernel.modules:
            (folder / module).parent.mkdir(parents=True, exist_ok=True)
            os.rename(obj / module, folder / module)
            command = self.kernel.dot_cmd(module).relative_to(self.kernel.obj)
            os.rename(obj / command, folder / command)
        return folder

    def _copy_without_modules(self):
        """Hard links for what make only reads; copies of what it may write again.

        That is at the top level, and small. vmlinux is a copy too, and no module is linked: a
        link would change their ctime, and with it what kbtf knows of them.
        """
        shutil.rmtree(self.copy, ignore_errors=True)

        def copy(source, target):
            folder, name = os.path.split(source)
            if folder == str(self.kernel.obj) and (
                    name in ("vmlinux", "vmlinux.unstripped") or os.stat(source).st_size < 1 << 20):
                shutil.copy2(source, target)
            else:
                os.link(source, target, follow_symlinks=False)

        def modules(_, names):
            return [n for n in names if n.endswith((".ko", ".ko.cmd"))]

        shutil.copytree(self.kernel.obj, self.copy, symlinks=True, ignore=modules,
                        copy_function=copy)

    @contextlib.contextmanager
    def in_place(self, tree):
        """Has `tree` at the objtree's path meanwhile; checks that nobody wrote through a link."""
        obj = self.kernel.obj
        before = self._stamps(obj)
        os.rename(obj, self.aside)
        try:
            os.rename(tree, obj)
            try:
                yield
            finally:
                os.rename(obj, tree)
        finally:
            os.rename(self.aside, obj)
        changed = [p for p, stamp in self._stamps(obj).items() if before.get(p) != stamp]
        if changed:
            raise OracleError(f"the oracle wrote into the tree under test: {changed[:5]}")

    @staticmethod
    def _stamps(obj):
        found = {}
        for folder, _, names in os.walk(obj):
            for name in names:
                path = os.path.join(folder, name)
                stat = os.lstat(path)
                found[path] = (stat.st_ino, stat.st_size, stat.st_mtime_ns)
        return found


def difference(kernel, obj, oracle, kept):
    """One line per module of `obj` that is not byte for byte the oracle's; keeps such pairs."""
    lines = []
    for module in kernel.modules:
        command = kernel.dot_cmd(module).relative_to(kernel.obj)
        ours, theirs = obj / module, oracle / module
        if not ours.exists():
            lines.append(f"{module} is missing")
        elif ours.read_bytes() != theirs.read_bytes():
            where = ", ".join(elf.differing_sections(ours, theirs)) or "layout only"
            lines.append(f"{module} differs from the oracle ({where})")
            for path, side in ((ours, "kbtf"), (theirs, "oracle")):
                kept.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, kept / f"{path.stem}.{side}.ko")
        if not (obj / command).exists():
            lines.append(f"{command} is missing")
        elif (obj / command).read_bytes() != (oracle / command).read_bytes():
            lines.append(f"{command} differs from the oracle's")
    return lines
