# SPDX-License-Identifier: GPL-2.0-only
"""After all that: back to stock, and nothing left in the tree."""

import os
import pathlib
import subprocess

from .cases_change import OWN_MODULE, OWN_SOURCE
from .runner import scenario


@scenario(leaves="any")
def back_to_stock(c):
    """make without kbtf links what stock would; kbtf mends what stock's BTF step broke."""
    c.kernel.touch()
    c.stage(c.make(), [], [])
    c.kernel.add_function(OWN_SOURCE)
    build = c.kernel.stock_make(c.log)
    c.succeeded(build)
    alone = c.kernel.modules if c.kernel.links_all() else [OWN_MODULE]
    c.equal("LD [M] lines of stock", sorted(build.linked), alone)
    c.that(not build.summaries, "kbtf ran in a build without it")
    c.make()
    c.same_kfuncs(c.like_oracle())
    # Switched off by the user for one build.
    build = c.session.make(c.log, KBTF_DISABLE="1")
    c.succeeded(build)
    c.lines(build, [], [])
    c.that(not build.summaries, "kbtf ran with KBTF_DISABLE=1")


def _git_status(worktree, rules, scratch):
    """git status of a tree of which nothing is committed: every file that no rule ignores."""
    git = ["git", f"--git-dir={scratch}", f"--work-tree={worktree}"]
    if not scratch.exists():
        subprocess.run(["git", "init", "-q", "--bare", scratch], check=True)
    (scratch / "info/exclude").write_text(rules)
    return subprocess.run([*git, "-c", "core.bare=false", "status", "--porcelain", "-uall"],
                          check=True, capture_output=True, text=True).stdout.splitlines()


def _ignore_rules(source):
    """All of the kernel's .gitignore files as one text for info/exclude."""
    lines = []
    for path in sorted(pathlib.Path(source).rglob(".gitignore")):
        folder = path.parent.relative_to(source).as_posix()
        prefix = "/" if folder == "." else f"/{folder}/"
        for line in path.read_text().splitlines():
            if not line or line.startswith("#"):
                continue
            negation, rule = ("!", line[1:]) if line.startswith("!") else ("", line)
            anchored = "/" in rule.rstrip("/")
            lines.append(negation + prefix + (rule.lstrip("/") if anchored else f"**/{rule}"))
    return "\n".join(lines) + "\n"


@scenario(leaves="any")
def nothing_left(c):
    """git status and the list of files show nothing of kbtf's, nor does make clean leave any."""
    c.kernel.add_type()
    c.make()
    second = c.oracle.second_tree()
    scratch, rules = c.session.dir / "git", _ignore_rules(c.kernel.dir / "pristine")
    ours = _git_status(c.kernel.obj, rules, scratch)
    c.equal("git status of the objtree", ours, _git_status(second, rules, scratch))
    c.equal("git status of the source", _git_status(c.kernel.src, "", scratch),
            _git_status(c.kernel.dir / "pristine", "", scratch))
    c.that(not [line for line in ours if line.endswith(".ko")], "the rules ignore no module")

    build = c.session.make(c.log, goals=["clean"])
    c.succeeded(build)
    with c.oracle.in_place(second):
        c.succeeded(c.kernel.stock_make(c.log, goals=["clean"]))
    c.that(not any(name.endswith((".ko", ".o.cmd")) for name in c.kernel.files()),
           "make clean cleaned nothing: this tests nothing")
    extra = sorted(c.kernel.files() ^ c.kernel.files(second))
    c.equal("files in one tree only after make clean", extra, [])
    folders = [{os.path.relpath(p, top) for p, _, _ in os.walk(top)}
               for top in (c.kernel.obj, second)]
    c.equal("folders in one tree only after make clean", sorted(folders[0] ^ folders[1]), [])
    # The objtree is of no further use.
    c.bench.close()
