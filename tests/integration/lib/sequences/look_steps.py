# SPDX-License-Identifier: GPL-2.0-only
"""Steps that only look, and the end of a sequence. What they say is held against what is known:
right after an exact build all is sound, and there is nothing left to do."""

from .wrong import Wrong


class LookSteps:
    def ask(self, *words):
        return self.place.kbtf(*words, **self.build_env())

    def to_verify(self):
        """The tree; not modules that have no BTF by design, which it would call bad."""
        if self.era.with_btf == self.era.modules:
            return [self.path]
        return ["--base", self.file(self.era.base), *map(self.file, self.era.with_btf)]

    def do_verify(self):
        result = self.ask("verify", *self.to_verify())
        if result.status not in (0, 1, 2) or (self.exact and result.status != 0):
            raise Wrong(f"kbtf verify: {result}", self.last_build)

    def do_regenerate(self):
        self.go_on()
        result = self.ask("verify", "--regenerate=2", *self.to_verify())
        if result.status not in (0, 1, 2) or (self.exact and result.status == 1):
            raise Wrong(f"kbtf verify --regenerate: {result}", self.last_build)

    def do_explain(self, module):
        self.go_on()
        result = self.ask("explain", self.file(self.victim(module)))
        if result.status not in (0, 1):
            raise Wrong(f"kbtf explain: {result}", self.last_build)

    def do_restore(self):
        """Makes the tree ready for stock, whatever state it is in."""
        self.go_on()
        if self.place.daemons():
            result = self.ask("restore", self.path)
            if result.status not in (0, 1):
                raise Wrong(f"kbtf restore: {result}", self.last_build)

    def do_again(self):
        """Nothing is left to do after an exact build."""
        if not self.exact:
            return
        self.do(("build", "kbtf"))
        # A module without BTF is make's alone.
        linked = set(self.last_build.linked) & set(self.era.with_btf)
        if linked or self.last_build.btf:
            raise Wrong("a build after an exact one finds something to do", self.last_build)

    def finish(self):
        """All disks free, the last build is exact, and nobody was blamed wrongly."""
        self.go_on()
        self.do_free("tree")
        self.do_free("state")
        self.armed = None
        for _ in range(2):
            self.do(("build", "kbtf", "-j2"))
        if not self.exact:
            raise Wrong("the last build was left to stock", self.last_build)
        self.do_again()
        self.drain()
        self.do_verify()
        status = self.place.status()
        checks = self.place.stats()["self_checks"] if status else {}
        if status and (status["distrusted"] or checks["different"]):
            raise Wrong(f"the self-check has found kbtf wrong, and every module is right: {checks}, "
                        f"{status['distrusted']}", self.last_build)
