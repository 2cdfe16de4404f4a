# SPDX-License-Identifier: GPL-2.0-only
"""Registers scenarios, runs them in order and reports.

They share one objtree and one kbtf session, because a build is dear. What a scenario needs and
leaves is one of:

fresh      the tree as stock built it, and a kbtf that has never seen it
any        a tree that builds and a kbtf that may or may not know it
warm       kbtf has seen each module's last link and BTF step, and nothing is left to do

After a failure everything is made anew for the next.
"""

import collections
import os
import pathlib
import shutil
import sys
import time
import traceback

from . import kfuncs
from .check import Broken, Check, Skip
from .kernel import Kernel
from .oracle import Oracle, OracleError
from .session import Session

# slow: only with --everything, or if named; with an integration test that shows the same.
Scenario = collections.namedtuple("Scenario", "name function needs leaves slow")
SCENARIOS = []

# word: passed, failed or skipped; lines: why; compared: modules, each byte for byte with stock's.
Outcome = collections.namedtuple("Outcome", "name word lines compared")

# Of one kernel: its Outcomes; the number of its modules, and of those with .BTF_ids.
Result = collections.namedtuple("Result", "outcomes modules with_ids")


def scenario(needs="warm", leaves="warm", slow=False):
    """Decorates a scenario: a function of one Check, named in words, described in one line."""
    def register(function):
        SCENARIOS.append(Scenario(function.__name__, function, needs, leaves, slow))
        return function
    return register


class Bench:
    """What the scenarios share."""

    def __init__(self, kbtf, directory, logs, rule):
        self.kbtf = kbtf
        self.logs = logs
        self.kfuncs = kfuncs
        self.kernel = Kernel(directory, rule)
        self.oracle = Oracle(self.kernel, logs)
        self.session = None
        self.state = None  # as in the module's text; None: nothing that could be used

    def provide(self, state):
        if state == "fresh" or self.state is None:
            self._start_over()
        if state == "warm" and self.state != "warm":
            self._warm_up()

    def _start_over(self):
        self.close()
        self.oracle.reset()
        self.kernel.reset()
        self.session = Session(self.kernel, self.kbtf, self.logs)
        self.state = "fresh"

    def _warm_up(self):
        """The first build adopts what it finds, the second has to write every module. Modules that
        stock built get a BTF step, and for that a link; the third build then learns what
        renumbering needs."""
        self._warm_up_build()
        self.kernel.add_type()
        if self.state == "fresh":
            with self.session.steps_only():
                self._warm_up_build()
        self._warm_up_build()
        self.state = "warm"

    def _warm_up_build(self):
        build = self.session.make(self.logs / "warm_up.log")
        if build.status != 0:
            raise Broken(f"the build before the scenario failed with status {build.status}")
        self.session.drain()

    def close(self):
        if self.session:
            self.session.close()
            self.session = None
        self.state = None


def run_one(bench, scenario):
    """Returns an Outcome."""
    check, builds, leaves = None, 0, scenario.leaves
    try:
        bench.provide(scenario.needs)
        check, builds = Check(bench, scenario.name), bench.session.builds
        scenario.function(check)
        word, lines = ("failed" if check.failures else "passed"), check.failures
    except Skip as reason:
        # What was found wrong before stays wrong.
        word, lines = ("failed" if check.failures else "skipped"), check.failures + [str(reason)]
        leaves = scenario.needs if bench.session.builds == builds else leaves
    except (Broken, OracleError) as error:
        word, lines = "failed", (check.failures if check else []) + [str(error)]
    except Exception:  # pylint: disable=broad-except; a bug here is a failure there
        word, lines = "failed", (check.failures if check else []) + [traceback.format_exc()]
    bench.state = None if word == "failed" else leaves
    return Outcome(scenario.name, word, lines, check.compared if check else 0)


def unknown(names):
    """Those that no scenario has."""
    return sorted(set(names) - {scenario.name for scenario in SCENARIOS})


def run(names, kbtf, directory, logs, rule=None, slow=False, label=""):
    """Runs the named scenarios, or all (`slow`: those too). Returns a Result. `label` is said with
    each, to tell runs apart that go on at the same time."""
    label = label and f"{label}: "
    logs = pathlib.Path(logs)
    shutil.rmtree(logs, ignore_errors=True)
    logs.mkdir(parents=True)
    bench = Bench(kbtf, directory, logs, rule)
    outcomes = []
    try:
        for scenario in SCENARIOS:
            name = scenario.name
            if name not in names if names else scenario.slow and not slow:
                continue
            _progress(f"{label}{name} ...")
            began = time.monotonic()
            outcome = run_one(bench, scenario)
            outcomes.append(outcome)
            _report(f"{label}{outcome.word}: {name} ({time.monotonic() - began:.0f} s)"
                    + (f": {outcome.lines[0]}" if outcome.word == "skipped" else ""))
            if outcome.word == "failed":
                print("".join(f"    {line}\n" for line in outcome.lines)
                      + f"    logs: {logs}/{name}.log", flush=True)
    finally:
        bench.close()
    if not count(outcomes)["failed"] and not os.environ.get("KBTF_TEST_KEEP_LOGS"):
        shutil.rmtree(logs, ignore_errors=True)
    return Result(outcomes, len(bench.kernel.modules), len(bench.kernel.with_ids))


def count(outcomes):
    """{word: how many}"""
    words = [outcome.word for outcome in outcomes]
    return {word: words.count(word) for word in ("passed", "failed", "skipped")}


def good(outcomes):
    counts = count(outcomes)
    return not counts["failed"] and bool(counts["passed"])


def says(scenario):
    """What a scenario does, in a line."""
    return scenario.function.__doc__.splitlines()[0]


def summary(outcomes):
    """The last line of a run, which check.sh reads."""
    counts = count(outcomes)
    text = f"{counts['passed']} passed, {counts['failed']} failed"
    return text + (f", {counts['skipped']} skipped" if counts["skipped"] else "")


def _progress(text):
    if sys.stdout.isatty():
        print(f"\r\033[K{text}", end="", flush=True)


def _report(text):
    print(("\r\033[K" if sys.stdout.isatty() else "") + text, flush=True)
