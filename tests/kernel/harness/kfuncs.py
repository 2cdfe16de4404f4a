# SPDX-License-Identifier: GPL-2.0-only
"""The kernel functions (kfuncs) that a module's .BTF_ids names, with their flags.

A set with flags starts at a symbol __BTF_ID__set8__NAME: the number of functions and a word of
flags, then per function its BTF id and its flags, sorted by id; each is 4 bytes. bpftool, not
kbtf, turns the ids into names.
"""

import re
import struct
import subprocess

from . import elf


def has_ids(module):
    return elf.section(module, ".BTF_ids") is not None


def flags(module, base):
    """[(function, flags), ...] of a finished module, sorted; raises ValueError on nonsense."""
    data = elf.section(module, ".BTF_ids")
    starts = [at for name, at in elf.symbols_in(module, ".BTF_ids").items()
              if name.startswith("__BTF_ID__set8__")]
    if data is None or not starts:
        raise ValueError(f"{module} has no set of kfuncs")
    names = _function_names(module, base)
    found = []
    for start in starts:
        count, = struct.unpack_from("<I", data, start)
        if count == 0 or start + 8 + 8 * count > len(data):
            raise ValueError(f"{module}: a set of {count} kfuncs at {start} of .BTF_ids")
        pairs = [struct.unpack_from("<II", data, start + 8 + 8 * i) for i in range(count)]
        if pairs != sorted(pairs):
            raise ValueError(f"{module}: a set of .BTF_ids is not sorted")
        for number, flag in pairs:
            if number and number not in names:
                raise ValueError(f"{module}: id {number} in .BTF_ids is no function")
            # 0: resolve_btfids has found none of that name, and has said so.
            found.append((names.get(number, "unresolved"), flag))
    return sorted(found)


def _function_names(module, base):
    text = subprocess.run(["bpftool", "-B", str(base), "btf", "dump", "file", str(module)],
                          check=True, capture_output=True, text=True, timeout=60).stdout
    return {int(i): name for i, name in re.findall(r"^\[(\d+)\] FUNC '([^']+)'", text, re.M)}
