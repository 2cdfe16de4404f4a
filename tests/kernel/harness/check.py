# SPDX-License-Identifier: GPL-2.0-only
"""What a scenario works with: builds under kbtf, and what it may expect of them.

An expectation that does not hold is written down and the scenario goes on, so that one run tells
everything that is wrong; only what makes the rest pointless stops it.
"""

import os

from . import oracle as oracles


class Skip(Exception):
    """The scenario cannot run on this machine; the reason is shown."""


class Broken(Exception):
    """The scenario cannot go on."""


class Check:
    def __init__(self, bench, name):
        self.bench = bench
        self.kernel = bench.kernel
        self.session = bench.session
        self.oracle = bench.oracle
        self.logs = bench.logs
        self.log = bench.logs / f"{name}.log"
        self.name = name
        self.failures = []
        self.compared = 0  # modules compared with stock's, byte for byte

    # Doing.

    def make(self, *arguments, ok=True, **options):
        """kbtf make with the main session, all patches made afterwards."""
        build = self.session.make(self.log, *arguments, **options)
        if ok:
            self.succeeded(build)
            self.that(self.session.drain(), "kbtf drain failed")
        return build

    def succeeded(self, build):
        if build.timed_out:
            raise Broken("the build did not end before its deadline")
        if build.status != 0:
            raise Broken(f"the build failed with status {build.status}")

    def tools(self, name):
        """A new folder for programs that a build is to find first."""
        folder = self.session.dir / name
        folder.mkdir()
        return folder

    @staticmethod
    def path_with(folder):
        return f"{folder}:{os.environ['PATH']}"

    # Expecting.

    def that(self, condition, message):
        if not condition:
            self.failures.append(message)
        return bool(condition)

    def equal(self, what, got, expected):
        return self.that(got == expected, f"{what}: {_short(got)}, expected {_short(expected)}")

    def lines(self, build, linked, btf):
        """Exactly these modules have an LD [M] line, exactly those a BTF [M] line, once each."""
        self.equal("LD [M] lines", sorted(build.linked), sorted(linked))
        self.equal("BTF [M] lines", sorted(build.btf), sorted(btf))

    def stage(self, build, linked, btf, renumbered=None):
        """lines(), and the summary line and "kbtf stats" say the same; `renumbered`: how many of
        `btf` the daemon is to have written itself (None: any)."""
        self.lines(build, linked, btf)
        total, untouched = len(self.kernel.modules), len(self.kernel.modules) - len(btf)
        stats = self.session.last_stage()
        written = sum(stats.get(k, -1) for k in ("btf_run", "btf_cached", "btf_renumbered"))
        self.equal("stats: modules", stats.get("modules"), total)
        self.equal("stats: linked", stats.get("linked"), len(linked))
        self.equal("stats: btf_run + btf_cached + btf_renumbered", written, len(btf))
        if renumbered is not None:
            self.equal("stats: btf_renumbered", stats.get("btf_renumbered"), renumbered)
        self.equal("stats: untouched", stats.get("untouched"), untouched)
        self.equal("stats: fallback_stock", stats.get("fallback_stock"), 0)
        if self.equal("number of KBTF lines", len(build.summaries), 1):
            parts = [f"{total} modules:"]
            parts += [f"{n} {word}" for n, word in ((untouched, "untouched"),
                                                    (len(linked), "linked")) if n]
            for part in parts:
                self.that(part in build.summaries[0], f"no '{part}' in '{build.summaries[0]}'")

    def like_oracle(self, *arguments, found=None, **env):
        """Every module and .cmd file is byte for byte what stock builds from clean. `found`: the
        folder to look at, if not the objtree."""
        expected = self.oracle.clean_modules(*arguments, **env)
        self.compare(expected, found)
        # None where the daemon is gone: then it has checked nothing.
        checks = (self.session.json("stats") or {}).get("self_checks", {})
        self.equal("modules that the self-check found wrong", checks.get("different", 0), 0)
        return expected

    def like_second_tree(self):
        """The same against an objtree in which kbtf never ran; and vmlinux has the same BTF."""
        second = self.oracle.second_tree()
        self.that(self.kernel.vmlinux_btf() == self.kernel.vmlinux_btf(second),
                  "vmlinux: .BTF differs from the second tree's")
        self.compare(second)
        extra = self.kernel.files() ^ self.kernel.files(second)
        self.that(not extra, f"files in one tree only: {_short(sorted(extra))}")

    def compare(self, expected, found=None):
        """The modules and .cmd files of two folders."""
        self.failures += oracles.difference(self.kernel, found or self.kernel.obj, expected,
                                            self.logs / f"{self.name}.differs")
        self.compared += len(self.kernel.modules)

    def kfuncs_of(self, folder):
        """{module: functions and flags of its .BTF_ids, by name}; the base is the present one."""
        found = {}
        for module in self.kernel.with_ids:
            try:
                found[module] = self.bench.kfuncs.flags(folder / module, self.kernel.obj / "vmlinux")
            except ValueError as error:
                self.failures.append(str(error))
        return found

    def same_kfuncs(self, expected):
        """Functions and flags are those of the oracle's modules: a folder, or its kfuncs_of()."""
        theirs = expected if isinstance(expected, dict) else self.kfuncs_of(expected)
        self.equal("kfuncs", self.kfuncs_of(self.kernel.obj), theirs)
        conntrack = theirs.get("net/netfilter/nf_conntrack.ko", ())
        self.that(len({flag for _, flag in conntrack}) > 1,
                  "nf_conntrack has kfuncs of one kind only: nothing could be mixed up")

    def verified(self, good=True):
        """kbtf verify is content with every module, or is not."""
        result = self.session.verb("verify", self.kernel.obj)
        self.equal("exit status of kbtf verify", result.status, 0 if good else 1)
        return result

    def regenerated(self):
        """kbtf verify --regenerate makes every module again, and none is different."""
        result = self.session.verb("verify", "--regenerate", self.kernel.obj, deadline=300.0)
        self.equal("exit status of kbtf verify --regenerate", result.status, 0)
        self.equal("its last line", result.out[-1:],
                   [f"{len(self.kernel.modules)} made again as stock does, 0 different"])

    def said_once(self, build):
        """Exactly one line of kbtf's on standard error."""
        self.equal("lines of kbtf's on standard error", len(build.kbtf_errors), 1)


def _short(value):
    text = repr(value)
    size = f" ({len(value)})" if isinstance(value, (list, set, dict)) else ""
    return (text if len(text) <= 200 else text[:200] + "...") + size
