# SPDX-License-Identifier: GPL-2.0-only
"""Writes the outcomes of scenarios with several kernels of one system as a table in Markdown. A cell
says only what its scenario said."""

import collections
import os
import platform
import re
import shutil
import subprocess

from . import runner

# title(), and a runner.Result.
Column = collections.namedtuple("Column", "title result")

TOOLS_IN_WORDS = {"llvm": "LLVM=1", "pahole": "pahole 1.29 or later"}

TOOLS = ("make", "gcc", "ld", "objcopy", "pahole")


def kernel_version(source):
    """The version that a kernel source has, from its top makefile."""
    text = (source / "Makefile").read_text(encoding="utf-8")
    return ".".join(re.search(rf"^{name} = *(\d+)", text, re.M).group(1)
                    for name in ("VERSION", "PATCHLEVEL", "SUBLEVEL"))


def title(variant, source):
    """A kernel in words: "Linux 6.12.3, rule of 7.2"."""
    tools = variant.tools
    words = [f"Linux {kernel_version(source)}", variant.rule and f"rule of {variant.rule}",
             _tool(os.environ["KBTF_TEST_PAHOLE"]) if tools == "pahole"
             else TOOLS_IN_WORDS.get(tools)]
    return ", ".join(filter(None, words))


def _tool(name):
    if not shutil.which(name):
        return f"{name}: not installed"
    out = subprocess.run([name, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"\d+\.\d+(\.\d+)*", out)
    word = "pahole" if "/" in name else name
    return f"{word} {found.group(0)}" if found else word


def _system():
    name = platform.freedesktop_os_release().get("PRETTY_NAME", "Linux")
    return name.replace("GNU/Linux ", "")


def _cell(outcome):
    if outcome is None:
        return "not run"
    if outcome.word == "passed":
        return f"ok, {outcome.compared}" if outcome.compared else "ok"
    return "FAILED" if outcome.word == "failed" else "skipped"


def _row(cells):
    return "| " + " | ".join(cells) + " |"


def _cells(line):
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def passed(path):
    """{title: Result} of what a table that text() wrote calls passed or skipped."""
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = [_cells(line) for line in lines if line.startswith("| ")]
    titles = rows[0][1:]
    found = {row[0].strip("*").split(":")[0].strip("`"): row[1:] for row in rows[1:]}
    why = {tuple(match.groups()[:2]): match[3] for match in
           (re.match(r"- `(\w+)`, (.*): (.*)\.$", line) for line in lines) if match}
    results = {}
    for number, title in enumerate(titles):
        outcomes = []
        for scenario in runner.SCENARIOS:
            cell = found.get(scenario.name, {}) and found[scenario.name][number]
            if cell and cell.startswith("ok"):
                compared = int(cell.partition(", ")[2] or 0)
                outcomes.append(runner.Outcome(scenario.name, "passed", [], compared))
            elif cell == "skipped":
                outcomes.append(runner.Outcome(scenario.name, "skipped",
                                               [why[scenario.name, title]], 0))
        results[title] = runner.Result(outcomes, int(found["modules in this kernel"][number]),
                                       int(found["of these with .BTF_ids"][number]))
    return results


def text(columns):
    """One system's section of docs/systems.md."""
    titles = [c.title for c in columns]
    results = [c.result for c in columns]
    found = [{outcome.name: outcome for outcome in r.outcomes} for r in results]
    lines = [f"\n## {_system()}\n", "Tools: " + ", ".join(map(_tool, TOOLS)) + ".\n",
             _row(["Scenario", *titles]),
             "|---|" + "---|" * len(columns)]
    for scenario in runner.SCENARIOS:
        lines.append(_row([f"`{scenario.name}`: {runner.says(scenario)}",
                           *(_cell(outcomes.get(scenario.name)) for outcomes in found)]))
    sums = {word: [runner.count(r.outcomes)[word] for r in results]
            for word in ("passed", "failed", "skipped")}
    sums["modules compared"] = [sum(o.compared for o in r.outcomes) for r in results]
    sums["modules in this kernel"] = [r.modules for r in results]
    sums["of these with .BTF_ids"] = [r.with_ids for r in results]
    lines += [_row([f"**{what}**", *map(str, numbers)]) for what, numbers in sums.items()]
    skipped = [f"- `{o.name}`, {title}: {o.lines[-1]}." for r, title in zip(results, titles)
               for o in r.outcomes if o.word == "skipped"]
    if skipped:
        lines += ["\nSkipped:\n", *skipped]
    return "\n".join(lines) + "\n"
