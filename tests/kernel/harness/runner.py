# SPDX-License-Identifier: GPL-2.0-only
"""Registers scenarios, runs them in order and reports.

They share one objtree and one kbtf session, because a build is dear. What a scenario needs and
leaves is one of:

fresh      the tree as stock built it, and a kbtf that has never seen it
any        a tree that builds and a kbtf that may or may not know it
warm       kbtf has seen each module's last link and BTF step, and nothing is left to do

After a failure everything is made anew for the next.
"""

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

SCENARIOS = []


def scenario(needs="warm", leaves="warm"):
    """Decorates a scenario: a function of one Check, named in words, described in one line."""
    def register(function):
        SCENARIOS.append((function.__name__, function, needs, leaves))
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
        """Two builds: the first adopts what it finds, the second has to write every module."""
        for number in range(2):
            if number:
                self.kernel.add_type()
            build = self.session.make(self.logs / "warm_up.log")
            if build.status != 0:
                raise Broken(f"the build before the scenario failed with status {build.status}")
            self.session.drain()
        self.state = "warm"

    def close(self):
        if self.session:
            self.session.close()
            self.session = None
        self.state = None


def run_one(bench, name, function, needs, leaves):
    """Returns (word, lines): passed, failed or skipped, and why."""
    check = None
    try:
        bench.provide(needs)
        check = Check(bench, name)
        function(check)
        word, lines = ("failed" if check.failures else "passed"), check.failures
    except Skip as reason:
        word, lines, leaves = "skipped", [str(reason)], needs
    except (Broken, OracleError) as error:
        word, lines = "failed", (check.failures if check else []) + [str(error)]
    except Exception:  # pylint: disable=broad-except; a bug here is a failure there
        word, lines = "failed", (check.failures if check else []) + [traceback.format_exc()]
    bench.state = None if word == "failed" else leaves
    return word, lines


def run(names, kbtf, directory, logs, rule=None):
    """Runs the named scenarios, or all. Returns the exit status."""
    unknown = set(names) - {name for name, *_ in SCENARIOS}
    if unknown:
        print("no such scenario: " + ", ".join(sorted(unknown)), file=sys.stderr)
        return 2
    logs = pathlib.Path(logs)
    shutil.rmtree(logs, ignore_errors=True)
    logs.mkdir(parents=True)
    bench = Bench(kbtf, directory, logs, rule)
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    try:
        for name, function, needs, leaves in SCENARIOS:
            if names and name not in names:
                continue
            _progress(f"{name} ...")
            began = time.monotonic()
            word, lines = run_one(bench, name, function, needs, leaves)
            counts[word] += 1
            _report(f"{word}: {name} ({time.monotonic() - began:.0f} s)"
                    + (f": {lines[0]}" if word == "skipped" else ""))
            if word == "failed":
                print("".join(f"    {line}\n" for line in lines) + f"    logs: {logs}/{name}.log",
                      flush=True)
    finally:
        bench.close()
    if not counts["failed"] and not os.environ.get("KBTF_TEST_KEEP_LOGS"):
        shutil.rmtree(logs, ignore_errors=True)
    text = f"{counts['passed']} passed, {counts['failed']} failed"
    _report(text + (f", {counts['skipped']} skipped" if counts["skipped"] else ""))
    return 1 if counts["failed"] or not counts["passed"] else 0


def _progress(text):
    if sys.stdout.isatty():
        print(f"\r\033[K{text}", end="", flush=True)


def _report(text):
    print(("\r\033[K" if sys.stdout.isatty() else "") + text, flush=True)
