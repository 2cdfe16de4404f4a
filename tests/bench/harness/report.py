# SPDX-License-Identifier: GPL-2.0-only
"""Figures as a table in Markdown."""


def _row(cells):
    return "| " + " | ".join(cells) + " |"


def table(rows, titles):
    """One line per scenario: seconds and lines of each side, and the ratio to the first side, of
    medians in one run."""
    head, line = ["module stage", titles[0]], ["---", "--:"]
    for title in titles[1:]:
        head += [title, "LD, BTF", "ratio"]
        line += ["--:", "--:", "--:"]
    head.insert(2, "LD, BTF")
    line.insert(2, "--:")
    lines = [_row(head), "|" + "|".join(line) + "|"]
    for row in rows:
        stock = row["sides"][titles[0]]
        cells = [row["scenario"]]
        for title in titles:
            side = row["sides"].get(title)
            if side is None:
                cells += ["", "", ""]
                continue
            digits = 2 if side["median"] >= 1 else 3
            cells += [f"{side['median']:.{digits}f} s", f"{side['linked']}, {side['btf']}"]
            if title != titles[0]:
                cells.append(f"{side['median'] / stock['median']:.3f}")
        lines.append(_row(cells))
    return "\n".join(lines)
