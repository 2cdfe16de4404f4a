# SPDX-License-Identifier: GPL-2.0-only
"""kbtfd, or make with it, killed at the Nth call: what is left, and what each who comes then makes of it."""

from .case import FaultCase


class KilledCase(FaultCase):
    def mended(self):
        """From what is left now: by kbtf with its state, by stock, by kbtf without its state."""
        left = self.place.dir / "left"
        self.save(left)
        with self.subTest(self.now, then="kbtf make"):
            self.kbtf_mends()
        self.put_back(left, state=False)
        with self.subTest(self.now, then="stock make"):
            self.stock_takes_nothing_torn()
        self.put_back(left, state=False)
        with self.subTest(self.now, then="kbtf make without its state"):
            self.kbtf_mends()

    def killed_with_make(self, directories, action, at_least=1):
        for build in self.series(directories, action, with_make=True, at_least=at_least):
            self.ended(build)
            self.mended()

    def ended(self, build):
        """make was killed, or had come to its end by then: then all is exact already."""
        if build.status == 0:
            self.like_expected()

    def killed_alone(self, directories, action):
        """make goes on without the daemon, and what it leaves is exact, then and later."""
        for build in self.series(directories, action):
            self.assertEqual(build.status, 0, build.result)
            self.like_expected()
            self.kbtf_mends()
