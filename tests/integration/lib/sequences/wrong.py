# SPDX-License-Identifier: GPL-2.0-only
"""What a sequence ends with when kbtf did something wrong."""


class Wrong(Exception):
    """`modules`: {name: (found, expected)} where bytes differ."""

    def __init__(self, text, build=None, modules=None):
        super().__init__(text)
        self.build, self.modules = build, modules or {}
