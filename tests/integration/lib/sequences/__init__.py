# SPDX-License-Identifier: GPL-2.0-only
"""Random sequences of edits, accidents and builds on the miniature tree, for ../../random_builds.

A seed gives a profile and a list of steps (plan.py). Each step is one line of words, so a sequence
can be printed, shortened and run again. A World (world.py) carries them out; after each build under
kbtf that ended well it holds every module against a clean stock build of the same sources with the
same tools and flags (oracle.py)."""
