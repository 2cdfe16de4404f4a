# SPDX-License-Identifier: GPL-2.0-only
"""What is done before a module stage is timed, and the timing: all sides in turns."""

import collections

from .trees import median

# prepare: called for each side's tree before its build; rounds: how many are enough for a median.
Scenario = collections.namedtuple("Scenario", "title prepare rounds")


def _nothing(_):
    pass


def _everything(tree):
    tree.use_base(0)
    tree.remove_modules()


def _touched(tree):
    tree.use_base(tree.base)


def _changed(tree):
    tree.use_base(1 - tree.base)


def _made_again(tree):
    tree.touch_objects()


SCENARIOS = [
    Scenario("everything new", _everything, 2),
    Scenario("nothing changed", _nothing, 9),
    Scenario("vmlinux linked again, same BTF", _touched, 3),
    Scenario("base BTF changed, modules not affected", _changed, 4),
    Scenario("objects made again, same content", _made_again, 2),
]


def measure(scenario, sides, jobs, say, rounds=0):
    """A row: {title: {seconds, median, linked, btf}} of each side, and rounds."""
    if not rounds or scenario.prepare is _nothing:  # that one is short
        rounds = scenario.rounds
    found = {side.title: [] for side in sides}
    for number in range(rounds):
        # Who is first changes from round to round, so that a slow moment hits all.
        turn = number % len(sides)
        for side in sides[turn:] + sides[:turn]:
            say(f"{scenario.title}: {number + 1}/{rounds}, {side.title}")
            scenario.prepare(side.tree)
            found[side.title].append(side.build(jobs))
    row = {"scenario": scenario.title, "rounds": rounds, "sides": {}}
    for title, runs in found.items():
        row["sides"][title] = {"seconds": [round(run.seconds, 3) for run in runs],
                               "median": round(median(run.seconds for run in runs), 3),
                               "linked": runs[-1].linked, "btf": runs[-1].btf}
    return row
