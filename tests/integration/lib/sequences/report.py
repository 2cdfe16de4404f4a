# SPDX-License-Identifier: GPL-2.0-only
"""What a failure says: its steps, to be run again, and where files differ."""

import shlex

from ..elf import sections


def script(failure):
    """The profile as a comment, then one step a line, up to the one that failed."""
    lines = [f"# {failure.profile.words()}"]
    lines += [shlex.join(step) for step in failure.steps[:failure.done]]
    if failure.done > len(failure.steps):
        lines.append("# and the last build")
    return "\n".join(lines) + "\n"


def difference(found, expected):
    """Where two files differ, by section if both are ELF files."""
    if found is None:
        return "is not there"
    text = f"{len(found)} bytes, {len(expected)} expected"
    ours, theirs = sections(found), sections(expected)
    if ours is None or theirs is None:
        return f"{text}, no ELF file"
    names = [name for name in {**theirs, **ours} if ours.get(name) != theirs.get(name)]
    return f"{text}; sections that differ: {', '.join(names) or 'none, the layout does'}"
