# SPDX-License-Identifier: GPL-2.0-only
"""From a seed a profile and a list of steps. A step is a tuple of words; nothing in it depends on
what happened before, so any part of a list is a list of steps too. What does not apply when its
turn comes (a module that is not there, a root's privilege) does nothing."""

import dataclasses
import random

from ..eras import LISTED
from .features import FEATURES, WEIGHTS

MODULES = ("alpha.ko", "beta.ko", "delta.ko", "net/gamma.ko")
LENGTH = 25


@dataclasses.dataclass(frozen=True)
class Profile:
    """What stays the same in one sequence."""

    seed: int
    era: str
    renumber: bool      # or KBTF_NO_RENUMBER
    drain: str          # after each build: always, never, or sometimes
    injected: bool      # the daemon has the fault injector
    library: bool       # LD_LIBRARY_PATH names a directory of the test's
    tree: str           # "plain", or "small": on a tmpfs
    state: str          # the same for the state directory

    def words(self):
        return " ".join(f"{name}={value}" for name, value in dataclasses.asdict(self).items())


def profile_from(words):
    """What Profile.words() says."""
    said = dict(word.split("=", 1) for word in words)
    kinds = {field.name: field.type for field in dataclasses.fields(Profile)}
    return Profile(**{name: int(text) if kinds[name] is int else
                      text == "True" if kinds[name] is bool else text for name, text in said.items()})


def profile_of(seed):
    rng = random.Random(f"profile {seed}")
    renumber = (seed // len(LISTED)) % 2 == 0
    return Profile(
        seed, LISTED[seed % len(LISTED)].name, renumber,
        # Profiles are made while the daemon has nothing else to do.
        rng.choice(("always", "always", "sometimes") if renumber else ("never", "sometimes")),
        injected=rng.random() < 0.6, library=rng.random() < 0.3,
        tree=rng.choice(("plain",) * 5 + ("small",)),
        state=rng.choice(("plain",) * 5 + ("small",)))


class Choice:
    """One after the other: single steps, and short scenes that go together."""

    KINDS = {"build": 26, "set": 22, "base": 22, "touch": 4, "damage": 5, "copy": 8, "delete": 3,
             "tool": 4, "mode": 2, "daemon": 5, "state": 2, "full": 2, "look": 3, "fault": 16,
             "new_tool": 3, "lost": 3, "link": 3}

    def __init__(self, seed):
        self.rng = random.Random(f"steps {seed}")
        self.values = {}

    def steps(self):
        made = getattr(self, self.pick(self.KINDS))()
        return [tuple(str(word) for word in step)
                for step in (made if isinstance(made, list) else [made])]

    def pick(self, weights):
        return self.rng.choices(list(weights), list(weights.values()))[0]

    def module(self):
        return self.rng.choice(MODULES)

    # Scenes.

    def base(self):
        """The base changes and nothing else: what renumbering is for."""
        name, feature = self.rng.choice((
            ("core.c", "name"), ("core.c", "name"), ("core.c", "extra"), ("core.c", "wide"),
            ("core.c", "unnamed"), ("init.c", "phases"), ("init.c", "forward")))
        return [self.other_value(name, feature), self.build()]

    def other_value(self, name, feature):
        """Another one than before. Back to the beginning often, so that states return."""
        others = [value for value in range(FEATURES[name][feature])
                  if value != self.values.get((name, feature), 0)]
        value = 0 if 0 in others and self.rng.random() < 0.4 else self.rng.choice(others)
        self.values[name, feature] = value
        return "set", name, feature, value

    def fault(self):
        """A fault while the base changes, and the build after it."""
        return [*self.base()[:1], self.arm(), ("build", "kbtf", self.jobs()), self.build()]

    def new_tool(self):
        """A tool changes, maybe after the state was lost or the daemon died, maybe under a build."""
        return [self.rng.choice((self.state(), self.daemon(), self.touch())), self.tool(),
                ("build", "kbtf", self.jobs())]

    def lost(self):
        """The state is lost while something is going on."""
        return [self.rng.choice((self.set(), self.delete(), self.touch(), self.arm())),
                *([self.build()] if self.rng.random() < 0.5 else []), self.state(),
                ("build", "kbtf", self.jobs())]

    def link(self):
        """A module is a link to a copy of somebody's, then it gets other BTF."""
        module = self.module()
        return [("save", module), ("put-back", module, self.rng.choice(("ln", "ln-s"))),
                self.base()[0], ("build", "kbtf", self.jobs())]

    # Single steps.

    def jobs(self):
        return self.rng.choice(("-j1", "-j2", "-j4"))

    def build(self):
        flavour = self.pick({"kbtf": 78, "hook": 10, "stock": 7, "disabled": 3})
        words = []
        if self.rng.random() < 0.5:
            words.append(self.jobs())
        if self.rng.random() < 0.3:
            words.append(self.pick({"-n": 3, "-B": 2, "V=1": 3, "V=2": 2, "-s": 2, "-k": 1, "-O": 1,
                                    "SHELL=/bin/bash": 4, ".SHELLFLAGS=-ec": 1, "modules": 2,
                                    self.module(): 4}))
        if self.rng.random() < 0.22:
            action = self.pick({"kill-daemon": 5, "kill-make": 5, "kill-both": 5, "kill-client": 2,
                                "interrupt": 2, "pause": 0.15, "tool-pahole": 3, "tool-objcopy": 1})
            words.append(f"@{self.rng.randint(1, 9)}:{action}")
        return ("build", flavour, *words)

    def set(self):
        name = self.pick(WEIGHTS)
        return self.other_value(name, self.rng.choice(list(FEATURES[name])))

    def touch(self):
        module = self.module()
        return "touch", self.rng.choice((
            "core.c", "alpha.c", "net/gamma.c", "include/types.h", "core.o", "vmlinux",
            "vmlinux.unstripped", "modules.order", "include/config/auto.conf", "scripts/module.lds",
            "scripts/gen-btf.sh", "scripts/resolve_btfids", ".module-common.o", module, module,
            module.replace(".ko", ".o"), module.replace(".ko", ".mod.o"),
            module.replace(".ko", ".c")))

    def damage(self):
        if self.rng.random() < 0.3:
            return "truncate", self.module(), self.rng.randint(0, 99)
        return "flip", self.module(), self.rng.randint(0, 9999), self.rng.choice(("new", "keep"))

    def copy(self):
        how = self.rng.choice(("cp", "cp-p", "ln", "ln-s", "reflink", "mv"))
        kind = self.pick({"copy": 3, "self": 3, "save": 3, "put-back": 4})
        if kind == "copy":
            return kind, self.module(), self.module(), how
        return (kind, self.module(), how) if kind != "save" else (kind, self.module())

    def delete(self):
        module = self.module()
        return "delete", self.rng.choice((module, module, "cmd", module.replace(".ko", ".o"),
                                          module.replace(".ko", ".mod.o"), "vmlinux")), module

    def tool(self):
        if self.rng.random() < 0.25:
            return "library", self.rng.choice(("plain", "effect", "absent"))
        name = self.pick({"pahole": 6, "objcopy": 3, "ld": 3})
        return "tool", name, self.rng.choice(("real", "copy", "byte", "wrapper", "plain-wrapper"))

    def mode(self):
        return "mode", self.rng.choice(("link", "btf")), self.rng.choice((0, 0, 1, 2))

    def daemon(self):
        return "daemon", self.pick({"kill": 3, "stop": 3, "start": 2, "pause": 0.1, "drain": 3})

    def state(self):
        what = self.rng.choice(("all", "db", "wal", "bases", "pristine"))
        return self.rng.choice((("state", "lose", what, "stopped"), ("state", "lose", what, "killed"),
                                ("state", "lose", what, "alive"), ("state", "save"),
                                ("state", "put-back")))

    def arm(self):
        """A fault at the Nth call of the daemon during the next build."""
        where = self.rng.choice(("tree", "tree", "state"))
        action = self.pick({"kill": 3, "kill-after": 1, "kill-half": 3, "half-full": 2, "full": 2,
                            "eio": 1, "edquot": 1, "erofs": 1})
        whom = self.rng.choice(("daemon", "both")) if action.startswith("kill") else "daemon"
        return "arm", where, self.rng.randint(1, 6 if where == "tree" else 20), action, whom

    def full(self):
        where = self.rng.choice(("tree", "state"))
        if self.rng.random() < 0.5:
            return "free", where
        return "fill", where, self.rng.choice((0, 4, 8, 16, 32, 64))

    def look(self):
        return self.rng.choice((("verify",), ("regenerate",), ("restore",), ("again",),
                                ("explain", self.module())))


def steps_of(seed, length=LENGTH):
    choice, steps = Choice(seed), []
    while len(steps) < length:
        steps += choice.steps()
    return steps[:length]
