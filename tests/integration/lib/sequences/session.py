# SPDX-License-Identifier: GPL-2.0-only
"""Runs sequences, reports what failed and what was tested."""

import collections
import dataclasses
import pathlib
import shlex
import sys
import time
import traceback

from ..eras import ERAS
from ..place import HOOK, KBTF, KBTFD
from ..tree import Yard
from .oracle import Oracle
from .report import difference, script
from .shrink import shorter
from .steps import profile_from, profile_of, steps_of
from .world import World
from .wrong import Wrong

FIRST_SEED = 1
MAX_FAILURES = 20
# The default run has to have had each of these, or it tests nothing.
INTERESTING = ("compared", "left to stock", "renumbered", "stepped", "linked", "untouched", "failed",
               "interfered", "faults")
# Where stages are left to stock too often, nothing of kbtf is tested either.
MAX_LEFT = 0.25


@dataclasses.dataclass
class Failure:
    profile: object
    steps: list
    done: int        # steps carried out, with the one that failed
    error: Exception


class Session:
    def __init__(self, options):
        self.options = options
        self.counts = collections.Counter()
        self.yards = {}
        self.failures = []

    def run(self):
        for path in (KBTF, KBTFD, HOOK):
            if not path.exists():
                sys.exit(f"{path} is not there; build kbtf, or name the build in KBTF_TEST_BUILD_DIR")
        began = time.monotonic()
        try:
            for profile, steps in self.sequences():
                failure = self.sequence(profile, steps, self.counts)
                if failure and not self.failed(failure):
                    break
        finally:
            for yard, _ in self.yards.values():
                yard.close()
        return self.summary(time.monotonic() - began)

    def sequences(self):
        if self.options.replay:
            lines = pathlib.Path(self.options.replay).read_text().splitlines()
            steps = [tuple(shlex.split(line)) for line in lines[1:] if line and line[0] != "#"]
            yield profile_from(lines[0].lstrip("# ").split()), steps
            return
        seed, left = self.options.seed, self.options.steps
        seed = FIRST_SEED if seed is None else seed
        while left > 0:
            profile = profile_of(seed)
            if self.options.era:
                profile = dataclasses.replace(profile, era=self.options.era)
            length = min(left, self.options.length)
            yield profile, [step for step in steps_of(seed, length)
                            if not any(word in " ".join(step) for word in self.options.without)]
            seed, left = seed + 1, left - length

    def sequence(self, profile, steps, counts=None, keep=True):
        """Carries out one sequence. Returns a Failure, or None."""
        if profile.era not in self.yards:
            yard = Yard(ERAS[profile.era])
            self.yards[profile.era] = yard, Oracle(yard)
        yard, oracle = self.yards[profile.era]
        done, world, began = 0, None, time.monotonic()
        try:
            world = World(profile, yard, oracle, counts)
            for done, step in enumerate(steps, 1):
                if self.options.verbose:
                    print(f"{time.monotonic() - began:8.3f} {done:4} {shlex.join(step)}", flush=True)
                world.do(step)
                if step[0] == "build" and self.drains(profile, done):
                    world.drain()
            done += 1
            world.finish()
            return None
        except Exception as error:  # noqa: BLE001, whatever it is belongs to the report
            if keep and world:
                world.keep(self.where(profile))
            return Failure(profile, steps, done, error)
        finally:
            if world:
                world.close()

    @staticmethod
    def drains(profile, number):
        return profile.drain == "always" or (profile.drain == "sometimes" and number % 3 == 0)

    def where(self, profile):
        return pathlib.Path(f"{self.options.to}/{profile.seed}-{profile.era}")

    def failed(self, failure):
        """Reports. False: that was enough."""
        self.failures.append(failure)
        if self.options.shrink:
            failure = shorter(failure, lambda profile, steps: self.sequence(profile, steps))
        where = self.where(failure.profile)
        print(f"FAILED: seed {failure.profile.seed}: {failure.error}")
        if isinstance(failure.error, Wrong):
            if failure.error.build:
                print(failure.error.build.result)
            for name, (found, expected) in failure.error.modules.items():
                print(f"  {name}: {difference(found, expected)}")
        else:
            traceback.print_exception(failure.error)
        text = script(failure)
        print(f"{text}kept in {where}; run it again with --replay {where}/steps\n", flush=True)
        (where / "steps").write_text(text)
        return self.options.keep and len(self.failures) < MAX_FAILURES

    def summary(self, seconds):
        c = self.counts
        builds = sum(oracle.builds for _, oracle in self.yards.values())
        print(f"{c['steps']} steps in {seconds:.0f} s ({c['steps'] / max(seconds, 0.001):.1f}/s), "
              f"{builds} clean builds")
        print(", ".join(f"{c[name]} {text}" for name, text in (
            ("steps", "steps"), ("builds", "builds"), ("compared", "compared"),
            ("modules compared", "modules compared"), ("left to stock", "stages left to stock"),
            ("tolerated", "modules stale there"), ("stage again", "stages run again"),
            ("renumbered", "renumbered"), ("stepped", "stepped"), ("linked", "linked"),
            ("untouched", "untouched"), ("failed", "builds cut short"),
            ("interfered", "interferences"), ("faults", "faults"))) +
            f", {len(self.failures)} failed sequences")
        if self.failures:
            return 1
        if self.options.seed is None and not self.options.replay:
            missing = [name for name in INTERESTING if not c[name]]
            if missing or c["left to stock"] > MAX_LEFT * c["compared"]:
                print(f"this run tests too little: {missing}")
                return 1
        return 0
