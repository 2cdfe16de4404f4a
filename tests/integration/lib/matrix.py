# SPDX-License-Identifier: GPL-2.0-only
"""Runs classes of tests once per era, in several processes, and collects one outcome per test and
era. A class's tests stay in one process: they share a yard, and the clean builds made there."""

import concurrent.futures
import os
import time
import traceback
import unittest

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"


class Outcome:
    def __init__(self, case, status, text, seconds):
        self.era, self.case = case.era.name, type(case).__mro__[1].__name__
        self.name = case._testMethodName
        self.row = title(case)
        self.status, self.text, self.seconds = status, text, seconds


def title(case):
    """The first line of the test's docstring."""
    return (case.shortDescription() or case._testMethodName).strip()


class Collector(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.outcomes, self.began, self.bad = [], 0.0, None

    def startTest(self, test):
        super().startTest(test)
        self.began, self.bad = time.monotonic(), None

    def _add(self, test, status, text=""):
        if isinstance(test, unittest.TestCase):
            self.outcomes.append(Outcome(test, status, text, time.monotonic() - self.began))

    def addSuccess(self, test):
        self._add(test, PASSED)

    def addSkip(self, test, reason):
        self._add(test, SKIPPED, reason)

    def _fail(self, test, error):
        self._add(test, FAILED, "".join(traceback.format_exception(*error)))

    addFailure = addError = _fail

    def addSubTest(self, test, subtest, error):
        if error:
            self._fail(test, error)


def tests_of(case, chosen=None):
    """Names of the class's tests, all or those chosen."""
    names = unittest.TestLoader().getTestCaseNames(case)
    return [name for name in names if chosen is None or name in chosen]


def count(outcomes):
    """{status: number of outcomes}"""
    return {status: sum(outcome.status == status for outcome in outcomes)
            for status in (PASSED, FAILED, SKIPPED)}


def run_one(case, era, names):
    """The outcomes of some tests of one class in one era; in a process of the pool."""
    named = type(f"{case.__name__}_{era.name}", (case,), {"era": era})
    collector = Collector()
    try:
        unittest.TestSuite([named(name) for name in names]).run(collector)
    except BaseException:  # pylint: disable=broad-except
        text = traceback.format_exc()
        collector.outcomes += [Outcome(named(name), FAILED, text, 0.0) for name in names]
    missing = set(names) - {outcome.name for outcome in collector.outcomes}
    text = "\n".join(str(error) for _, error in collector.errors) or "did not run"
    collector.outcomes += [Outcome(named(name), FAILED, text, 0.0) for name in sorted(missing)]
    return collector.outcomes


def run_all(jobs, processes=None, report=None):
    """Runs [(class, era, names)] and returns the outcomes; calls report(outcome) as they come."""
    outcomes = []
    with concurrent.futures.ProcessPoolExecutor(processes or os.cpu_count()) as pool:
        for done in concurrent.futures.as_completed(
                [pool.submit(run_one, *job) for job in jobs if job[2]]):
            for outcome in done.result():
                outcomes.append(outcome)
                if report:
                    report(outcome)
    return outcomes
