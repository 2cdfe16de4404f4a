# SPDX-License-Identifier: GPL-2.0-only
"""The step that matters: a build, and what may be asked of it afterwards."""

import re
import signal

from ..place import HOOK, KBTF
from ..tree import Build
from ..running import Run
from .wrong import Wrong

SUMMARY = re.compile(r"  KBTF +(\d+) modules?: (\d+) untouched, (\d+) linked, (\d+) BTF"
                     r"(?:, (\d+) cached)?(?:, (\d+) renumbered)?")
# What kbtf says where the stage, or a module, is left to stock's commands.
LEFT_TO_STOCK = re.compile(r"kbtf: .*(stock build|stock commands)")
ENDS_MAKE = {"kill-make", "kill-both", "interrupt", "kill-client"}


class BuildSteps:
    def do_build(self, flavour, *words):
        triggers = [word[1:].split(":") for word in words if word.startswith("@")]
        words = [word for word in words if not word.startswith("@")]
        single = next((self.victim(word) for word in words if word.endswith(".ko")), None)
        words = [single if word.endswith(".ko") else word for word in words]
        if single and not self.file(self.era.base).exists():
            return  # make does not make it for a single module
        if flavour == "kbtf" and not self.paused:
            self.start_daemon()
        before = self.glance()
        self.happened, self.daemon_died = set(), False
        run = Run(self.command(flavour, words), self.environment(flavour), self.path, self.take_aim,
                  lambda run, line: self.at_line(run, line, triggers))
        fired = self.disarm()
        build = Build(run.result)
        self.last_build = build
        if "pause" in self.happened:
            self.go_on()
        if not self.place.daemons():
            self.reap()
        self.counts["builds"] += 1
        if flavour in ("stock", "disabled"):
            self.take_backups_anew()
            self.unseen.add("stock")
        if self.ended_badly(build, run, before, fired, words, flavour) or "-n" in words:
            return
        if flavour in ("kbtf", "hook"):
            self.hooked_build(build, before, single, words)
        elif not single:
            self.base_old = False

    def command(self, flavour, words):
        program = [KBTF, "make"] if flavour in ("kbtf", "disabled") else ["make"]
        return [*program, *words, *self.words()]

    def environment(self, flavour):
        more = {"hook": {"MAKEFILES": HOOK, "KBTF": KBTF}, "disabled": {"KBTF_DISABLE": "1"}}
        return self.place.environment(**self.build_env(), **more.get(flavour, {}))

    # What happens meanwhile.

    def take_aim(self, group):
        if self.armed and self.injector:
            where, number, action, whom = self.armed
            self.injector.arm([where], number, action, group if whom == "both" else 0)

    def disarm(self):
        """What the injector has done in this build: (directory, action, whom), or None."""
        armed, self.armed = self.armed, None
        if not armed or not self.injector:
            return None
        fired = self.injector.disarm()[1]
        if not fired:
            return None
        self.counts["faults"] += 1
        if armed[2].startswith("kill"):
            self.daemon_died = True
        return armed[0], armed[2], armed[3]

    def at_line(self, run, line, triggers):
        for number, action in triggers:
            if int(number) != line:
                continue
            self.happened.add(action)
            self.counts["interfered"] += 1
            if action in ("kill-daemon", "kill-both"):
                self.place.kill_all()
                self.daemon_died = True
            if action in ("kill-make", "kill-both"):
                run.kill(signal.SIGKILL)
            elif action == "interrupt":
                run.kill(signal.SIGINT)
            elif action == "kill-client":
                run.kill_members("kbtf")
            elif action == "pause":
                self.pause_daemon()
            elif action.startswith("tool-"):
                self.change_tool(action[5:], "wrapper" if line % 2 else "plain-wrapper")

    # What is left.

    def glance(self):
        """Content and time of what may be left as it was, or torn."""
        names = [*self.era.modules, *self.oracle.objects(), self.era.base]
        return {name: (self.read(name), self.time_of(name)) for name in names}

    def time_of(self, name):
        try:
            return self.file(name).stat().st_mtime_ns
        except OSError:
            return None

    def ended_badly(self, build, run, before, fired, words, flavour):
        """Whether make did not come to its end. Only who was stopped or had no room may fail, or
        stock, which takes a damaged module as it is."""
        was_stopped = self.happened & ENDS_MAKE or (fired and fired[2] == "both")
        if build.status == 0 or "-n" in words:
            return False
        may_fail = was_stopped or self.is_full() or flavour in ("stock", "disabled") or (
            fired and fired[0] == self.path and not fired[1].startswith("kill"))
        if not may_fail:
            raise Wrong(f"the build failed with status {build.status}", build)
        self.counts["failed"] += 1
        self.unseen.add("killed")
        if was_stopped:
            self.clear_torn_objects(before, run.seen > 0 or (fired and fired[0] == self.path))
        return True

    def clear_torn_objects(self, before, stage_began):
        """What a compiler or linker left torn make takes as current: stock's affair, not kbtf's. Once
        the module stage has begun that is what it compiles, and modules without BTF."""
        after = self.glance()
        for name in before:
            is_kept = name in self.era.with_btf or (
                stage_began and not name.endswith((".mod.o", ".module-common.o", ".ko")))
            if not is_kept and after[name] != before[name]:
                self.file(name).unlink(missing_ok=True)

    def hooked_build(self, build, before, single, words):
        self.note(build)
        if any("tool" in action for action in self.happened):
            return
        if not single:
            self.base_old = False
        changed = self.backups_are_untouched()
        if changed:
            raise Wrong(f"wrote into {', '.join(changed)}", build)
        if not (single and self.base_old):
            self.compare(build, before, single)

    def note(self, build):
        if build.summary:
            match = SUMMARY.match(build.summary[-1])
            if not match:
                raise Wrong(f"a summary of another form: {build.summary[-1]}", build)
            _, untouched, linked, btf, _, renumbered = (int(n or 0) for n in match.groups())
            self.counts["untouched"] += untouched
            self.counts["linked"] += linked
            self.counts["stepped"] += max(0, btf - linked)
            self.counts["renumbered"] += renumbered
        self.is_left = any(LEFT_TO_STOCK.search(line) for line in (*build.err, *build.out))
        self.counts["left to stock"] += self.is_left
        self.counts["stage again"] += any("running the module stage again" in line for line in build.err)

    def compare(self, build, before, single):
        expected = self.expected()
        names = [single] if single else self.era.modules
        if not single:
            odd = [name for name in self.oracle.objects() if self.read(name) != expected[name]]
            if odd:
                raise AssertionError(f"objects differ from the oracle's, a fault of the test: {odd}")
        wrong, tolerated = {}, 0
        for name in [*names, *map(self.name_of_cmd, names)]:
            found = self.read(name)
            if found == expected[name]:
                continue
            is_as_it_was = name in before and before[name] == (found, self.time_of(name))
            if self.is_left and self.unseen and is_as_it_was:
                tolerated += 1
            else:
                wrong[name] = (found, expected[name])
        self.counts["tolerated"] += tolerated
        self.counts["modules compared"] += len(names) - tolerated
        self.counts["compared"] += 1
        if wrong:
            raise Wrong(f"not what a clean stock build leaves: {', '.join(wrong)}", build, wrong)
        if single or tolerated:
            return
        self.unseen.clear()
        self.exact = not self.is_left
        if self.amnesia and not self.is_left and not self.daemon_died and not self.paused:
            self.drain()
            self.amnesia = False

    def name_of_cmd(self, module):
        return str(self.cmd_of(module).relative_to(self.path))
