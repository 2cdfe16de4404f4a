# SPDX-License-Identifier: GPL-2.0-only
"""All rows of the table of eras and ways of calling, by section."""

from .after_build import AfterBuild
from .bad_pahole import BadPahole
from .calls import Options
from .copies import Copies
from .external import External
from .holes import Holes
from .newer_pahole import NewerPahole
from .outside import Outside
from .scenarios import Changes
from .two_users import TwoUsers

SECTIONS = (
    ("What changed", Changes),
    ("Where the objects are", Outside),
    ("Modules built with M=", External),
    ("How make is called", Options),
    ("Installing and cleaning", AfterBuild),
    ("When pahole misbehaves", BadPahole),
    ("pahole 1.29 or later", NewerPahole),
    ("Two users", TwoUsers),
    ("Trees that moved", Copies),
    ("Stock's holes", Holes),
)

# Whether a row differs between eras at all: these do most, and are all that check.sh runs.
QUICK = {
    Changes: ("test_base_changed", "test_base_linked_again", "test_link_flags", "test_flags",
              "test_third_line", "test_back_to_stock", "test_renumbered", "test_version"),
    Outside: ("test_below",),
    External: ("test_in_tree", "test_no_vmlinux", "test_renumbered"),
    Options: ("test_single", "test_no_command_check", "test_shell", "test_undefined_variables"),
    AfterBuild: ("test_install",),
    BadPahole: ("test_fails",),
    Holes: ("test_hook_taken_away", "test_second_step"),
}
