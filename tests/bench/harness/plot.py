# SPDX-License-Identifier: GPL-2.0-only
"""Draws stage time against number of modules, both logarithmic, as an SVG file."""

import math

WIDTH, HEIGHT = 720, 440
LEFT, RIGHT, TOP, BOTTOM = 70, 250, 30, 50
COLOURS = ("#b03030", "#d08040", "#2060a0", "#3090c0", "#408040", "#808080")


class Scale:
    """Values to pixels, along a logarithmic axis."""

    def __init__(self, low, high, begin, end):
        self.low, self.high, self.begin, self.end = math.log10(low), math.log10(high), begin, end

    def __call__(self, value):
        part = (math.log10(value) - self.low) / (self.high - self.low)
        return self.begin + part * (self.end - self.begin)


def _text(x, y, text, anchor="start", extra=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{extra}>{text}</text>'


def svg(lines, title):
    """`lines`: [(name, [(modules, seconds), ...])], all of at least one point."""
    xs = sorted({x for _, points in lines for x, _ in points})
    ys = [y for _, points in lines for _, y in points]
    low, high = 10 ** math.floor(math.log10(min(ys))), 10 ** math.ceil(math.log10(max(ys)))
    x_of = Scale(xs[0] * 0.9, xs[-1] * 1.1, LEFT, WIDTH - RIGHT)
    y_of = Scale(low, high, HEIGHT - BOTTOM, TOP)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
           'font-family="sans-serif" font-size="12">',
           "<!-- SPDX-License-Identifier: GPL-2.0-only -->",
           "<!-- Written by tests/bench/run. Do not edit. -->",
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
           _text(LEFT, TOP - 12, title, extra=' font-weight="bold"')]
    tick = low
    while tick <= high * 1.0001:
        y = y_of(tick)
        out.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" '
                   'stroke="#dddddd"/>')
        out.append(_text(LEFT - 8, y + 4, f"{tick:g} s", "end"))
        tick *= 10
    for x in xs:
        out.append(f'<line x1="{x_of(x):.1f}" y1="{TOP}" x2="{x_of(x):.1f}" '
                   f'y2="{HEIGHT - BOTTOM}" stroke="#eeeeee"/>')
        out.append(_text(x_of(x), HEIGHT - BOTTOM + 18, f"{x:,}", "middle"))
    out.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, "modules", "middle"))
    taken = []
    for (name, points), colour in zip(lines, COLOURS):
        places = [(x_of(x), y_of(y)) for x, y in sorted(points)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        out += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places]
        y = places[-1][1] + 4
        while any(abs(y - other) < 14 for other in taken):  # names must not overlap
            y += 1
        taken.append(y)
        out.append(_text(WIDTH - RIGHT + 10, y, f"{name}: {max(points)[1]:.2f} s",
                         extra=f' fill="{colour}"'))
    return "\n".join([*out, "</svg>", ""])
