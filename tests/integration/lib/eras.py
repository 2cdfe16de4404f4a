# SPDX-License-Identifier: GPL-2.0-only
"""The eras of Kbuild's module stage that there are miniatures of. An era's files are the common
ones in miniature/ with those of its overlays on top, the later one last."""

import dataclasses
import pathlib

SOURCE = pathlib.Path(__file__).resolve().parent / "miniature"
OVERLAYS = "eras"

MODULES = ["alpha.ko", "beta.ko", "delta.ko", "net/gamma.ko"]
EXTERNAL = ["ext/one.ko", "ext/two.ko"]


@dataclasses.dataclass(frozen=True)
class Era:
    name: str
    title: str
    overlays: tuple = ()
    external: str = "prefix"     # M=: a prefix of the names, or a directory to work in
    stock: str = "in place"      # vmlinux linked again: BTF on the finished .ko, or "relink"
    base: str = "vmlinux"        # what the modules' BTF stands on
    flags: str = "MODULE_PAHOLE_FLAGS"  # a variable with flags for the BTF step
    features: bool = True       # pahole's flags are --btf_features
    modules: tuple = tuple(MODULES)
    with_btf: tuple = tuple(MODULES)
    third_line: bool = False

    def __str__(self):
        return self.name

    def sources(self):
        """{path in the tree: file}"""
        found = {}
        for top in (SOURCE, *(SOURCE / OVERLAYS / name for name in self.overlays)):
            for path in top.rglob("*"):
                name = path.relative_to(top)
                if path.is_file() and (top != SOURCE or name.parts[0] != OVERLAYS):
                    found[str(name)] = path
        return found


SINCE_70 = {"external": "directory", "stock": "relink", "flags": "RESOLVE_BTFIDS_FLAGS",
            "third_line": True}
LISTED = (
    Era("5.11", "5.11–5.15", ("5.16", "5.11"), flags="", features=False),
    Era("5.16", "5.16–6.2", ("5.16",), flags="PAHOLE_FLAGS", features=False),
    Era("6.3", "6.3–6.12"),
    Era("6.13", "6.13–6.18", ("6.13",), external="directory", stock="relink"),
    Era("6.19", "6.19", ("6.13", "6.19"), external="directory", stock="relink", third_line=True),
    Era("7.0", "7.0–7.1", ("6.13", "6.19", "7.0"), **SINCE_70),
    Era("7.2", "7.2–7.3", ("6.13", "6.19", "7.0", "7.2"), **SINCE_70),
    Era("unstripped", "proposed: vmlinux.unstripped", ("6.13", "6.19", "7.0", "7.2", "unstripped"),
        base="vmlinux.unstripped", **SINCE_70),
    Era("module-base", "proposed: BTF=m", ("6.13", "6.19", "7.0", "7.2", "module-base"),
        modules=(*MODULES, "kernel/btf_vmlinux.ko"), with_btf=("kernel/btf_vmlinux.ko",),
        **SINCE_70),
    Era("tools-as-prerequisites", "proposed: tools as prerequisites",
        ("6.13", "6.19", "7.0", "7.2", "tools-as-prerequisites"), **SINCE_70),
)
ERAS = {era.name: era for era in LISTED}
DEFAULT = ERAS["6.3"]
