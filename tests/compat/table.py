# SPDX-License-Identifier: GPL-2.0-only
"""Writes outcomes as a table in Markdown. A cell says only what its test said."""

import re
import shutil
import subprocess

from lib import matrix
from lib.table import fifo_make, newer_pahole

# A reason that ends so is the era's; any other is this system's, and the cell was not checked.
OF_ERA = "in this era"

HEAD = """<!-- SPDX-License-Identifier: GPL-2.0-only -->
<!-- Written by tests/compat/run. Do not edit. -->
# Compatibility

Each cell was built with kbtf. Every `.ko` and `.ko.cmd` was compared, byte for byte, with that of a
clean stock build of the same tree. Where the number of links and BTF steps is known, it was counted
in the log, in the summary line and in `kbtf stats`. A cell about a gap in stock shows the gap with
stock first; the row about a second BTF step is about stock alone.

The trees are miniature kernels (`tests/integration/lib/miniature`): this project's own makefiles in
the form of each era's Kbuild, with the real compiler, linker, objcopy and pahole. `tests/compat/run`
builds them all and writes this file.

`ok`: passed. `FAILED`: failed. `not checked`: this system lacks something, see below. `–`: does not
exist in that era.
"""

TAIL = """
## What these cells do not show

- resolve_btfids is a stand-in, which since 7.0 sorts BTF as the real one does: no module here has
  `.BTF_ids`. For kernels with the real one, see [systems](systems.md).
- Debian 12 has one pahole (1.24), one GNU make (4.3) and no Linux source except 6.1 and 6.12. A newer
  pahole and make, if listed under "Tools", ran only in the rows that need them. GNU make before 4.3 is
  not in this table.
- Since 7.0, resolve_btfids writes `.BTF.base`; here the stand-in has pahole do it.
- A stand-in signs modules by appending a hash; `modules_install` runs no depmod.
- "proposed" columns are Kbuild changes that were posted but are in no release.
"""

TOOLS = ("make", "gcc", "ld", "objcopy", "pahole", "clang", "ld.lld", "llvm-objcopy")


NEWER = (("make", fifo_make), ("pahole", newer_pahole))


def version(tool, path=None):
    path = path or shutil.which(tool)
    if not path:
        return f"{tool}: not installed"
    out = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"\d+\.\d+(\.\d+)*", out)
    return f"{tool} {found.group(0)}" if found else tool


def tools():
    newer = [version(tool, find()) for tool, find in NEWER
             if find() not in (None, shutil.which(tool))]
    return ", ".join(map(version, TOOLS)) + (f"; newer: {', '.join(newer)}" if newer else "")


def rows_of(case):
    """[(test, name of its row)]"""
    return [(name, matrix.title(case(name))) for name in matrix.tests_of(case)]


def text(eras, sections, outcomes):
    by_cell, lacking = {}, {}
    for outcome in outcomes:
        key = outcome.case, outcome.name, outcome.era
        if by_cell.get(key) == "FAILED":
            continue
        if outcome.status == matrix.SKIPPED and not outcome.text.endswith(OF_ERA):
            lacking.setdefault(outcome.row, outcome.text)
        by_cell[key] = {matrix.PASSED: "ok", matrix.FAILED: "FAILED"}.get(
            outcome.status, "–" if outcome.text.endswith(OF_ERA) else "not checked")
    lines = [HEAD, f"Tools: {tools()}.\n"]
    for title, case in sections:
        lines += [f"## {title}\n", "| | " + " | ".join(era.title for era in eras) + " |",
                  "|---|" + "---|" * len(eras)]
        for name, row in rows_of(case):
            cells = [by_cell.get((case.__name__, name, era.name), "not checked") for era in eras]
            lines.append(f"| {row} | " + " | ".join(cells) + " |")
        lines.append("")
    if lacking:
        lines.append("## Not checked here\n")
        lines += [f"- {row}: {why}" for row, why in sorted(lacking.items())]
        lines.append("")
    return "\n".join(lines) + TAIL
