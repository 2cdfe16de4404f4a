# SPDX-License-Identifier: GPL-2.0-only
"""The kernel tree under test: its paths (see tree.sh), edits of the source, builds."""

import functools
import os
import pathlib
import re
import shutil
import subprocess

from . import elf, kfuncs, process, rules

HERE = pathlib.Path(__file__).resolve().parent.parent

# Holds a pahole that drops -j and goes on with the next one in PATH.
WITHOUT_J = HERE / "without-j"

# Both are built with vmlinux as a prerequisite of modules; no boot image, nobody boots it.
GOALS = ["vmlinux", "modules"]

# Built-in files that compile quickly, from the beginning, middle and end of vmlinux's link order.
BUILTIN = "kernel/reboot.c"
BUILTINS = ["init/calibrate.c", "mm/mincore.c", "block/ioprio.c", "lib/bcd.c", "net/core/utils.c"]


class Build:
    """What one run of make did, read from its own output."""

    def __init__(self, result):
        self.status = result.status
        self.seconds = result.seconds
        self.timed_out = result.timed_out
        self.out, self.err = result.out, result.err
        self.linked = self._modules("LD")
        self.btf = self._modules("BTF")
        self.compiled = [line.split()[-1] for line in result.out if line.startswith("  CC ")]
        # Up to 6.14 the name is vmlinux; later it is stripped of relocations in a further step.
        self.vmlinux = not {"  LD      vmlinux", "  LD      vmlinux.unstripped"}.isdisjoint(
            result.out)
        self.summaries = [line for line in result.out if line.startswith("  KBTF ")]
        self.kbtf_errors = [line for line in result.err if re.match(r"\W*kbtf\b", line)]
        self.notices = [x for x in result.out + result.err if "kbtf" in x.lower() and "-j" in x]

    def _modules(self, what):
        found = (re.fullmatch(rf"  {what} +\[M\] +(\S+\.ko)", line) for line in self.out)
        return [match.group(1) for match in found if match]


def tools():
    """What the tree is built with, see tree.sh: "llvm", "pahole" or nothing."""
    return os.environ.get("KBTF_TEST_TOOLS", "")


@functools.cache
def _is_old_pahole():
    text = subprocess.run(["pahole", "--version"], check=True, capture_output=True, text=True).stdout
    return int(re.match(r"v1\.(\d+)", text).group(1)) < 25


def environment(**more):
    """What make sees: nothing of the caller's that would change a build."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    kept.update(LC_ALL="C", KBUILD_BUILD_USER="kbtf", KBUILD_BUILD_HOST="test",
                KBUILD_BUILD_TIMESTAMP="Thu Jan  1 00:00:00 UTC 2026")
    if tools() == "llvm":
        kept["LLVM"] = "1"
    elif not tools() and _is_old_pahole():
        kept["KCFLAGS"] = "-fno-var-tracking"  # see tests/lib/common.sh
    kept.update(more)
    return {name: value for name, value in kept.items() if value is not None}


def versions():
    """Of the kernel sources that are installed here, oldest first: ["6.1", "6.12"]."""
    found = [path.name.removeprefix("linux-source-").removesuffix(".tar.xz")
             for path in pathlib.Path("/usr/src").glob("linux-source-*.tar.xz")]
    return sorted(found, key=lambda version: [int(part) for part in version.split(".")])


class Kernel:
    def __init__(self, directory, rule=None):
        self.dir = pathlib.Path(directory)
        self.rule = rule  # of rules.py
        self.src = self.dir / "src"
        self.obj = self.dir / "obj"
        self.modules = []  # as stock names them: net/netfilter/nf_conntrack.ko
        self.with_ids = []  # those with .BTF_ids
        self.edits = 0

    def reset(self):
        """Puts src and obj back to the stock build, building that first if need be."""
        environ = dict(os.environ, KBTF_TEST_KERNEL_LOCKED="1")
        subprocess.run([HERE / "tree.sh", "reset"], env=environ, check=True)
        order = (self.obj / "modules.order").read_text().split()
        # Lists .ko up to 6.2, .o later.
        self.modules = sorted(os.path.splitext(name)[0] + ".ko" for name in order)
        self.with_ids = [m for m in self.modules if kfuncs.has_ids(self.obj / m)]
        # Two digits from the beginning: the length of the build number is part of the BTF.
        self.set_build_number(20)
        rules.apply(self, self.rule)

    def make_command(self, *arguments, goals=GOALS):
        return ["make", "-C", str(self.src), f"O={self.obj}", f"-j{os.cpu_count()}",
                *arguments, *goals]

    def stock_make(self, log, *arguments, goals=GOALS, **env):
        """A build that knows nothing of kbtf; without the -j that makes pahole unrepeatable."""
        command = self.make_command(*arguments, goals=goals)
        if self.has_parallel_pahole() or env.get("KBUILD_BUILD_TIMESTAMP", "") is None:
            env["PATH"] = f"{WITHOUT_J}:{env.get('PATH', os.environ['PATH'])}"
        return Build(process.run(command, environment(**env), log))

    def has_parallel_pahole(self):
        """Whether Kbuild passes -j to pahole even where KBUILD_BUILD_TIMESTAMP asks for repeatable
        builds (6.1): then stock as it is has no two results alike, and cannot be compared with."""
        return (self.src / "scripts/pahole-flags.sh").exists()

    def links_all(self):
        """Whether stock links every module that is older than vmlinux (from 6.13 on)."""
        return "$(objtree)/vmlinux)" in (self.src / "scripts/Makefile.modfinal").read_text()

    def distils(self):
        """Whether modules built with M= get a .BTF.base here: the kernel asks resolve_btfids for
        it, or pahole, and this pahole has it."""
        flags = self.src / "scripts/Makefile.btf"
        text = flags.read_text() if flags.exists() else ""
        return "--distill_base" in text or ("distilled_base" in text
                                            and self.pahole_version() >= 128)

    def pahole_version(self):
        """As Kbuild has it: 124 for 1.24."""
        return int(re.search(r"^CONFIG_PAHOLE_VERSION=(\d+)", (self.obj / ".config").read_text(),
                             re.M).group(1))

    def set_build_number(self, number):
        (self.obj / ".version").write_text(f"{number}\n")

    def build_number(self):
        return int((self.obj / ".version").read_text())

    # Edits. src/ is made of hard links: a file is replaced, never written into.

    def edit(self, name, change):
        path = self.src / name
        text = path.read_text()
        changed = change(text)
        if changed == text:
            raise AssertionError(f"the edit of {name} changes nothing: another kernel source?")
        fresh = path.with_name(path.name + ".new")
        fresh.write_text(changed)
        os.replace(fresh, path)

    def touch(self, name=BUILTIN):
        """The same text with a new time stamp."""
        path = self.src / name
        fresh = path.with_name(path.name + ".new")
        shutil.copyfile(path, fresh)
        os.replace(fresh, path)

    def add_type(self, name=BUILTIN):
        """A new struct with a new function that takes it, at the end of a file."""
        self.edits += 1
        n = self.edits
        self.edit(name, lambda text: text + f"""
struct kbtf_type_{n} {{ int first; struct kbtf_type_{n} *next; char text[{40 + n}]; }};
int kbtf_function_{n}(struct kbtf_type_{n} *argument);
int kbtf_function_{n}(struct kbtf_type_{n} *argument) {{ return argument->first + {n}; }}
""")

    def add_function(self, name):
        """A new function of a module's own."""
        self.edits += 1
        n = self.edits
        self.edit(name, lambda text: text + f"""
int kbtf_own_{n}(int argument);
int kbtf_own_{n}(int argument) {{ return argument + {n}; }}
""")

    def edit_body(self):
        """Another statement in a function of a built-in file: code changes, no type does."""
        self.edits += 1
        self.edit(BUILTIN, lambda text: text.replace(
            "\tkmsg_dump(KMSG_DUMP_SHUTDOWN);\n\tmachine_halt();",
            f"\tkmsg_dump(KMSG_DUMP_SHUTDOWN);\n\tpr_emerg(\"edit {self.edits}\\n\");\n"
            "\tmachine_halt();", 1))

    def grow_struct(self):
        """One more member in a struct of fs/statfs.c and two more built-in files, ext4 and loop."""
        self.edits += 1
        self.edit("include/linux/statfs.h", lambda text: text.replace(
            "struct kstatfs {\n", f"struct kstatfs {{\n\tu64 kbtf_member_{self.edits};\n", 1))

    # What is in the tree.

    def dot_cmd(self, module):
        path = self.obj / module
        return path.with_name(f".{path.name}.cmd")

    def vmlinux_btf(self, obj=None):
        return elf.section((obj or self.obj) / "vmlinux", ".BTF")

    def kfunc_flags(self, module, obj=None):
        obj = obj or self.obj
        return kfuncs.flags(obj / module, obj / "vmlinux")

    def link_inputs(self):
        """{module: time stamps of the objects that its link reads}"""
        stamps = {}
        for module in self.modules:
            stem = self.obj / module[:-3]
            stamps[module] = [os.stat(f"{stem}{end}").st_mtime_ns for end in (".o", ".mod.o")]
        return stamps

    def files(self, top=None):
        """Every path in the objtree, relative to it."""
        top = top or self.obj
        return {os.path.relpath(os.path.join(folder, name), top)
                for folder, _, names in os.walk(top) for name in names}
