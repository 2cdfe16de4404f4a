# SPDX-License-Identifier: GPL-2.0-only
"""Gives the 6.12 source the rule for %.ko that later kernels have, so that real Kbuild runs it.

6.13  the prerequisite is $(objtree)/vmlinux. make strips "./", so the exclusion of the link line
      never matches, and stock links every module again when vmlinux is newer.
7.2   the exclusion is gone: the link line is if_changed, and both lines ask newer-prereqs.
"""

BASE = "$(and $(CONFIG_DEBUG_INFO_BTF_MODULES),$(KBUILD_BUILTIN),vmlinux)"
LINK = "+$(call if_changed_except,ld_ko_o,vmlinux)"


def _replaced(text, old, new):
    if old not in text:
        raise AssertionError(f"no {old!r} in Makefile.modfinal: another kernel source?")
    return text.replace(old, new)


def _objtree(text):
    text = _replaced(text, BASE, BASE.replace(",vmlinux)", ",$(objtree)/vmlinux)"))
    text = _replaced(text, "if [ ! -f vmlinux ]", "if [ ! -f $(objtree)/vmlinux ]")
    text = _replaced(text, "--btf_base vmlinux $@", "--btf_base $(objtree)/vmlinux $@")
    return _replaced(text, "-b vmlinux $@", "-b $(objtree)/vmlinux $@")


def _rule_6_13(text):
    return _replaced(_objtree(text), LINK, LINK.replace(",vmlinux)", ",$(objtree)/vmlinux)"))


def _rule_7_2(text):
    start = text.index("# Same as newer-prereqs, but allows")
    end = text.index("# Re-generate module BTFs")
    return _replaced(_objtree(text[:start] + text[end:]), LINK, "+$(call if_changed,ld_ko_o)")


RULES = {"6.13": _rule_6_13, "7.2": _rule_7_2}


def apply(kernel, name):
    """Edits the source of `kernel`; None leaves it as it is."""
    if name:
        kernel.edit("scripts/Makefile.modfinal", RULES[name])
